// The doctor's own examination, on every lane: Chrome has no command line, but the kernels and the checks are the same.
import { describe, expect, it } from "vitest";
import { checks } from "../../src/cli/doctor/checks.ts";
import { selfTest } from "../../src/cli/doctor/self-test.ts";
import { allKernels } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();

describe("the self-test", () => {
  it("reaches every kernel and every variant that fits this adapter, and finds nothing", async () => {
    const results = await selfTest(host.engine);
    expect(results.map(({ kernel }) => kernel)).toEqual(allKernels().map(({ name }) => name));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    for (const { kernel, variants } of results)
      for (const { variant, status, maxError } of variants)
        if (status === "ok") expect(maxError, `${kernel}/${variant}`).toBeLessThan(1e-5);
        // shapes that it fits were met: on the other kind of adapter it would have run
        else expect(status, `${kernel}/${variant}`).toBe("other adapters");
  });

  it("fails a kernel that no check reaches", async () => {
    const some = checks.filter(({ what }) => what.startsWith("relu of"));
    const results = new Map((await selfTest(host.engine, { checks: some })).map((one) => [one.kernel, one]));
    const right = [...results.values()].filter(({ ok }) => ok).map(({ kernel }) => kernel);
    expect(right.toSorted()).toEqual(["loop-canary", "non-finite", "relu", "relu-vjp"]);
    expect(results.get("sigmoid")?.variants.map(({ problem }) => problem)).toEqual(
      Array(2).fill("no check reaches it"),
    );
  });
});
