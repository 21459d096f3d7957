// Which methods the command line's names and groups stand for.
import { describe, expect, it } from "vitest";
import {
  chooseMethods,
  groupNames,
  methodGroup,
  methodMeaning,
  methodNames,
  methodTitle,
} from "../../src/cli/methods.ts";
import { UsageError } from "../../src/cli/usage.ts";

describe("methods", () => {
  it("are, unless chosen, those of one forward pass that differ most", () => {
    const { methods, lenient } = chooseMethods([]);
    expect(methods).toEqual([
      ...["cam", "gradcam", "counterfactual", "guided-gradcam", "guided", "deconvnet"],
      ...["saliency", "saliency-positive", "saliency-negative", "sweep"],
    ]);
    expect(lenient).toBe(true);
    expect(chooseMethods(["all"])).toEqual({ methods, lenient });
  });

  it("are taken in their own order, and fail where they are not defined", () => {
    expect(chooseMethods(["saliency, gradcam++", "cam"])).toEqual({
      methods: ["cam", "gradcam++", "saliency"],
      lenient: false,
    });
  });

  it("come in groups, which together are every method", () => {
    expect(chooseMethods(["every"])).toEqual({ methods: methodNames, lenient: true });
    expect(chooseMethods([groupNames.join(",")]).methods).toEqual(methodNames);
    expect(chooseMethods(["perturbation"])).toEqual({ methods: ["occlusion", "rise"], lenient: true });
    const { methods } = chooseMethods(["cams", "lrp"]);
    expect(methods.filter((name) => methodGroup(name) !== "cams")).toEqual(["lrp"]);
  });

  it("each have a title of their own and a sentence for readers", () => {
    expect(new Set(methodNames.map(methodTitle)).size).toBe(methodNames.length);
    for (const name of methodNames) expect(methodMeaning(name), name).toMatch(/^[A-Z].{40,}\.$/);
  });

  it("that do not exist are refused with the nearest", () => {
    expect(() => chooseMethods(["grad-cam"])).toThrow(UsageError);
    expect(() => chooseMethods(["gradcam", "layrcam"])).toThrow(/no "layrcam"; did you mean "layercam"\?/);
  });
});
