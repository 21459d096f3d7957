// A device with WebGPU's guaranteed limits only, as on the smallest machine.
import { afterEach, describe, expect, it, vi } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { add, mul, scale } from "../../src/autograd/ops/arithmetic.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { conv2dFilterVjpKernel, conv2dInputVjpKernel, conv2dKernel } from "../../src/kernels/convolution.ts";
import type { AdapterReport } from "../../src/tensor/engine.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { conv2dCase } from "../cases/convolution.ts";
import { denseCase } from "../cases/dense.ts";
import { unaryCase } from "../cases/elementwise.ts";
import { useEngine } from "../support/engine.ts";
import { evaluate, expectBackward, expectForward } from "./check-rows.ts";

const host = useEngine({ limits: "default" });
afterEach(() => {
  vi.restoreAllMocks();
});

it("asks for nothing above the defaults", () => {
  const { limits } = host.engine.device;
  expect(limits.maxStorageBufferBindingSize).toBe(128 * 1024 * 1024);
  expect(limits.maxComputeInvocationsPerWorkgroup).toBe(256);
  expect(host.engine.maxBindingBytes).toBe(128 * 1024 * 1024);
});

it.each([
  conv2dCase({ name: "default limits", x: [1, 9, 8, 12], w: [3, 3, 12, 132], padding: "same" }),
  denseCase({ name: "default limits", n: 3, k: 128, oc: 64 }),
  unaryCase("softmax", "default limits", { shape: [3, 1000] }),
])("$op: $name", async (row) => {
  const evaluation = await evaluate(host.engine, row);
  expectForward(row, evaluation);
  expectBackward(row, evaluation);
});

/** More elements than 65,535 workgroups of 64, and not by fours. */
const MANY = 65_537 * 64 + 3;

/** Exact on whole numbers: y and dx for x and dy. */
const exact: [string, (x: Tensor) => Tensor, y: (x: number) => number, dx: (x: number, dy: number) => number][] = [
  ["relu", (x) => relu(x), (x) => Math.max(x, 0), (x, dy) => (x > 0 ? dy : 0)],
  ["scale", (x) => scale(x, 3, 1), (x) => 3 * x + 1, (_, dy) => 3 * dy],
  ["add", (x) => add(x, x), (x) => 2 * x, (_, dy) => 2 * dy],
  ["mul", (x) => mul(x, x), (x) => x * x, (x, dy) => 2 * x * dy],
];

it.each(exact)("%s: more elements than 65,535 workgroups hold", async (_, run, y, dx) => {
  await expectExact([MANY], { run, y, dx });
});

describe("conv2d with more pixels than 65,535 workgroups hold", () => {
  const tiles = [conv2dKernel, conv2dInputVjpKernel].flatMap(({ name, variants }) =>
    Object.entries(variants)
      .filter(([variant]) => variant !== "naive")
      .map(([variant, tile]) => [`${name}/${variant}`, tile] as const),
  );

  it.each(tiles)("%s: folds them into a third dimension", (_, { grid, params }) => {
    const size = { N: 3, H: 4000, W: 4001, C: 8, OH: 4000, OW: 4001, OC: 8, KH: 3, KW: 3 };
    const steps = { SH: 1, SW: 1, DH: 1, DW: 1, top: 1, left: 1, G: 1, hasBias: 0 };
    const [, y, fold] = grid({ ...size, ...steps });
    expect(y).toBeLessThanOrEqual(65_535);
    expect(fold).toBeLessThanOrEqual(65_535);
    const pixelsPerGroup = 8 * (params?.LANES_Y ?? Number.NaN);
    expect(y * fold * pixelsPerGroup).toBeGreaterThanOrEqual(3 * 4000 * 4001);
  });

  it.each([
    conv2dCase({ name: "odd channels", x: [1, 23, 22, 3], w: [3, 3, 3, 5], padding: "same" }),
    conv2dCase({ name: "by fours, stride 2", x: [2, 23, 22, 4], w: [3, 3, 4, 20], stride: 2, padding: "same" }),
    conv2dCase({ name: "wide, stride (1, 2)", x: [1, 9, 11, 128], w: [1, 1, 128, 132], stride: [1, 2] }),
  ])("is right when folded: $name", async (row) => {
    // as many workgroups, in three layers
    for (const [, tile] of tiles) {
      const { grid } = tile;
      vi.spyOn(tile, "grid").mockImplementation((u) => {
        const [x, y, z] = grid(u);
        return [x, Math.ceil(y / 3), 3 * z];
      });
    }
    const evaluation = await evaluate(host.engine, row);
    expectForward(row, evaluation);
    expectBackward(row, evaluation);
  });

  it("so does the naive filter gradient, for weights of millions", async () => {
    const { naive } = conv2dFilterVjpKernel.variants;
    const { grid } = naive;
    vi.spyOn(naive, "grid").mockImplementation((u) => {
      const [x, slices, fold] = grid(u);
      expect(fold).toBe(1);
      return [Math.ceil(x / 3), slices, 3];
    });
    const row = conv2dCase({ name: "groups", x: [2, 5, 4, 12], w: [3, 3, 6, 14], groups: 2, padding: "same" });
    const evaluation = await evaluate(host.engine, row);
    expectBackward(row, evaluation);
  });
});

it("conv2d's weight gradient on a GPU: taps times slices stay within one dimension of a dispatch", async () => {
  const { engine } = host;
  const open: { adapter: AdapterReport } = engine;
  const before = open.adapter;
  open.adapter = { ...before, software: false }; // where sums are cut into most slices
  try {
    const row = conv2dCase({ name: "256 taps", x: [1, 300, 18, 1], w: [16, 16, 1, 1] });
    const evaluation = await evaluate(engine, row);
    expectForward(row, evaluation);
    expectBackward(row, evaluation);
  } finally {
    open.adapter = before;
  }
});

/** Each output depends on the input in its place. */
async function expectExact(
  shape: readonly number[],
  { run, y, dx }: { run: (x: Tensor) => Tensor; y: (x: number) => number; dx: (x: number, dy: number) => number },
): Promise<void> {
  const { engine } = host;
  const xs = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % 1009) - 500);
  using x = engine.tensor(xs, shape);
  using seed = engine.tensor(xs.toReversed(), shape);
  using tape = new Tape(engine);
  const result = tape.run(() => run(x));
  const [gradient] = tape.backward(result, { seed, wrt: [x] });
  if (!gradient) throw new RangeError("no gradient");
  const [ys = [], dxs = []] = await engine.read([result, gradient]);
  gradient.dispose();
  let wrong = 0;
  for (const [i, value] of xs.entries())
    if (ys[i] !== y(value) || dxs[i] !== dx(value, xs[xs.length - 1 - i] ?? Number.NaN)) wrong++;
  expect(wrong, "elements that are wrong").toBe(0);
}
