// Every lane's adapter is a CPU that plays GPU: what would hold one for long goes in parts, and nothing else changes.
import { afterEach, describe, expect, it } from "vitest";
import { type ConvOptions, conv2d, type Engine, Tape, uniform } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const kernels = ["conv2d", "conv2d-input-vjp"] as const;

afterEach(() => {
  for (const kernel of kernels) host.engine.variants.delete(kernel);
});

interface Case extends ConvOptions {
  readonly x: readonly [number, number, number, number];
  readonly OC: number;
}

/** y and dL/dx, and how many dispatches each took of its own kernel. */
async function passes(engine: Engine, { x: shape, OC, ...options }: Case, way: string) {
  for (const kernel of kernels) engine.variants.set(kernel, way);
  const [N, H, W, C] = shape;
  using x = engine.tensor(uniform("x", N * H * W * C), shape);
  using w = engine.tensor(uniform("w", 9 * C * OC), [3, 3, C, OC]);
  const counts = { conv2d: 0, "conv2d-input-vjp": 0 };
  const stop = engine.on("dispatch", ({ kernel }) => {
    if (kernel in counts) counts[kernel as keyof typeof counts]++;
  });
  const before = engine.counts.submissions;
  using tape = new Tape(engine);
  const y = tape.run(() => conv2d(x, w, undefined, { padding: "same", ...options }));
  const [dx] = tape.backward(y, { wrt: [x] });
  stop();
  const values = await engine.read(dx ? [y, dx] : []);
  dx?.dispose();
  return { values, counts, submissions: engine.counts.submissions - before };
}

describe("a convolution of half a second or more", () => {
  const cases: readonly (Case & { readonly name: string; readonly bands: number })[] = [
    // 2^28 multiply-adds are 55 of the 64 rows
    { name: "by rows, strided", x: [1, 127, 65, 128], OC: 128, stride: 2, bands: 2 },
    // and 28 of the 32
    { name: "by pictures and rows", x: [2, 32, 64, 128], OC: 128, bands: 4 },
  ];
  it.each(cases)("$name", async ({ bands, name: _, ...one }) => {
    const { engine } = host;
    const parts = await passes(engine, one, "wide");
    expect(parts.counts).toEqual({ conv2d: bands, "conv2d-input-vjp": bands });
    if (engine.adapter.wideRegisters) expect(parts.submissions).toBe(1);
    else expect(parts.submissions).toBeGreaterThan(1);
    const whole = await passes(engine, one, "product");
    expect(whole.counts).toEqual({ conv2d: 0, "conv2d-input-vjp": 0 });
    for (const [i, values] of parts.values.entries()) {
      const wanted = whole.values[i] ?? new Float32Array();
      const largest = Math.max(...wanted.map(Math.abs).subarray(0, 100_000));
      let off = 0;
      for (const [j, value] of values.entries()) off = Math.max(off, Math.abs(value - (wanted[j] ?? Number.NaN)));
      expect(off).toBeLessThan(1e-5 * largest);
    }
  });
});

it("what is short stays in one dispatch and one submission", async () => {
  const { counts, submissions } = await passes(host.engine, { x: [2, 32, 32, 64], OC: 64 }, "wide");
  expect(counts).toEqual({ conv2d: 1, "conv2d-input-vjp": 1 });
  expect(submissions).toBe(1);
});
