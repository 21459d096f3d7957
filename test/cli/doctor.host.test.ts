// The doctor finds nothing on a healthy adapter, and finds what is wrong on one that computes wrongly.
import { describe, expect, it } from "vitest";
import { examine } from "../../src/cli/commands/doctor.host.ts";
import type { Engine } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { Notebook } from "./notebook.ts";

const host = useEngine();

/** Makes one variant of one kernel compute with a scalar that is slightly wrong, while `body` runs. */
async function withFault<T>(
  engine: Engine,
  fault: { at: string; uniform: string },
  body: () => Promise<T>,
): Promise<T> {
  const { runtime } = engine;
  const original = runtime.dispatch.bind(runtime);
  runtime.dispatch = (kernel, buffers, uniforms, variant) => {
    const wrong = { ...uniforms, [fault.uniform]: 1.0001 * Number(Reflect.get(uniforms, fault.uniform)) };
    original(kernel, buffers, `${kernel.name}/${variant}` === fault.at ? wrong : uniforms, variant);
  };
  try {
    return await body();
  } finally {
    Reflect.deleteProperty(runtime, "dispatch");
  }
}

describe("doctor", () => {
  it("ends with exit code 0 where every kernel computes rightly", async () => {
    const notebook = new Notebook();
    expect(await examine(host.engine, notebook), notebook.lines.join("\n")).toBe(0);
    expect(notebook.lines.join("\n")).toContain("all are right");
    const { adapter } = host.engine;
    expect(notebook.results).toMatchObject([{ ok: true, adapter, limits: { maxBufferSize: {} } }]);
  });

  it("fails with exit code 1 and names the variant that computes wrongly", async () => {
    const notebook = new Notebook();
    const fault = { at: "scale/vec4", uniform: "factor" };
    expect(await withFault(host.engine, fault, () => examine(host.engine, notebook))).toBe(1);
    const text = notebook.lines.join("\n");
    expect(text.match(/^\S.*FAILED {2}/gm)).toHaveLength(1);
    expect(text).toMatch(/\nscale +1\.\de-4 {2}FAILED {2}vec4 naive\n {2}vec4: scale of 20 elements: element \d+ is /);
  });
});
