// Shapes that nobody thought of: random ones, from fixed seeds.
import fc from "fast-check";
import { it } from "vitest";
import type { OpCase } from "../cases/case.ts";
import { conv2dCase, depthwiseCase } from "../cases/convolution.ts";
import { denseCase } from "../cases/dense.ts";
import { pairCases } from "../cases/elementwise.ts";
import { resizeCase } from "../cases/layout.ts";
import { avgPoolCase, maxPoolCase } from "../cases/pooling.ts";
import { type WindowOptions, type WindowPadding, windowAlong } from "../reference/window.ts";
import { useEngine } from "../support/engine.ts";
import { both, holdsFor, upTo } from "./random-rows.ts";

const host = useEngine();
const SEED = 20_260_101;

const holds = (rows: fc.Arbitrary<OpCase>, numRuns: number) => holdsFor(host.engine, rows, { seed: SEED, numRuns });

/** Fits at least once along both axes. */
function fits([h, w]: readonly number[], [kh = 1, kw = 1]: readonly number[], options: WindowOptions): boolean {
  const rows = windowAlong(0, h ?? 1, kh, options).outputs;
  return rows >= 1 && windowAlong(1, w ?? 1, kw, options).outputs >= 1;
}

/** Same, valid, or given; given padding stays below `most`, so that no window lies in padding alone. */
function paddings(most: number): fc.Arbitrary<WindowPadding> {
  const side = fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }));
  return fc.oneof(fc.constant("same" as const), fc.constant("valid" as const), fc.tuple(side, side));
}

const geometry = { picture: both(12), taps: both(5), stride: both(3), padding: paddings(2) };

it("conv2d", async () => {
  const spec = fc
    .record({
      ...geometry,
      n: upTo(3),
      channels: upTo(9),
      outputs: upTo(20),
      groups: upTo(3),
      dilation: both(2),
      bias: fc.boolean(),
    })
    .filter((s) => fits(s.picture, s.taps, s));
  const rows = spec.map(({ picture, taps, n, channels, outputs, ...options }) =>
    conv2dCase({
      ...options,
      name: "random",
      x: [n, ...picture, channels * options.groups],
      w: [...taps, channels, outputs * options.groups],
    }),
  );
  await holds(rows, 25);
});

it("depthwiseConv2d", async () => {
  const spec = fc
    .record({ ...geometry, n: upTo(3), channels: upTo(9), multiplier: upTo(3), dilation: both(2) })
    .filter((s) => fits(s.picture, s.taps, s));
  const rows = spec.map(({ picture, taps, n, channels, multiplier, ...options }) =>
    depthwiseCase({ ...options, name: "random", x: [n, ...picture, channels], w: [...taps, channels, multiplier] }),
  );
  await holds(rows, 15);
});

it.each([
  ["maxPool2d", maxPoolCase],
  ["avgPool2d", avgPoolCase],
] as const)("%s", async (_, make) => {
  const spec = fc
    .record({
      ...geometry,
      taps: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 4 })),
      n: upTo(3),
      c: upTo(9),
    })
    .filter((s) => fits(s.picture, s.taps, s) && s.picture.every((extent) => extent > 2));
  const rows = spec.map(({ picture, taps, n, c, ...options }) =>
    make({ ...options, name: "random", x: [n, ...picture, c], size: taps }),
  );
  await holds(rows, 15);
});

it("dense", async () => {
  const spec = fc.record({ n: upTo(20), k: upTo(200), oc: upTo(70), bias: fc.boolean() });
  await holds(
    spec.map((s) => denseCase({ ...s, name: "random" })),
    15,
  );
});

it("broadcasting", async () => {
  const axis = fc.tuple(upTo(6), fc.constantFrom("both", "a", "b"));
  const spec = fc.tuple(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 3 }), upTo(3));
  const rows = spec.map(([axes, dropped, op]) => {
    const a = axes.map(([extent, who]) => (who === "b" ? 1 : extent));
    const b = axes.map(([extent, who]) => (who === "a" ? 1 : extent)).slice(Math.min(dropped, axes.length - 1));
    const [row] = pairCases({ name: "random", a, b }).slice(op - 1);
    if (!row) throw new RangeError("no such operation");
    return row;
  });
  await holds(rows, 30);
});

it("resize2d", async () => {
  const method = fc.constantFrom("half-pixel", "align-corners", "nearest");
  const spec = fc.record({ picture: both(9), n: upTo(2), c: upTo(5), height: upTo(17), width: upTo(17), method });
  const rows = spec.map(({ picture, n, c, ...options }) =>
    resizeCase({ ...options, name: "random", x: [n, ...picture, c] }),
  );
  await holds(rows, 25);
});
