// Random shapes, from fixed seeds, for operations that move, transpose and normalise; and what they refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelAffine } from "../../src/autograd/ops/channel-affine.ts";
import { conv2dTranspose } from "../../src/autograd/ops/conv-transpose.ts";
import { groupNorm, layerNorm } from "../../src/autograd/ops/group-norm.ts";
import { matmul } from "../../src/autograd/ops/matmul.ts";
import { crop2d, permute, slice } from "../../src/autograd/ops/permute.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError } from "../../src/errors.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { OpCase } from "../cases/case.ts";
import { convTransposeCase, matmulCase, normCase, permuteCase, sliceCase } from "../cases/structure.ts";
import { expectEqual } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { both, holdsFor, upTo } from "./random-rows.ts";

const host = useEngine();
const SEED = 20_260_102;

const holds = (rows: fc.Arbitrary<OpCase>, numRuns: number) => holdsFor(host.engine, rows, { seed: SEED, numRuns });

it("permute", async () => {
  const shapes = fc.array(upTo(6), { minLength: 1, maxLength: 6 });
  const rows = shapes.chain((x) =>
    fc
      .shuffledSubarray([...x.keys()], { minLength: x.length, maxLength: x.length })
      .map((order) => permuteCase("random", x, order)),
  );
  await holds(rows, 60);
});

it("slice", async () => {
  const axis = fc
    .record({ extent: upTo(9), a: fc.nat(8), b: fc.nat(8), step: upTo(3) })
    .map(({ extent, a, b, step }) => {
      const [begin = 0, last = 0] = [a % extent, b % extent].sort((p, q) => p - q);
      return { extent, begin, end: last + 1, step };
    });
  const rows = fc.array(axis, { minLength: 1, maxLength: 5 }).map((axes) =>
    sliceCase(
      "random",
      axes.map(({ extent }) => extent),
      {
        begin: axes.map(({ begin }) => begin),
        end: axes.map(({ end }) => end),
        steps: axes.map(({ step }) => step),
      },
    ),
  );
  await holds(rows, 40);
});

it("conv2dTranspose", async () => {
  const spec = fc.record({
    n: upTo(2),
    picture: both(7),
    taps: both(4),
    stride: both(3),
    dilation: both(2),
    channels: upTo(9),
    outputs: upTo(9),
    padding: fc.constantFrom("same" as const, "valid" as const),
    more: fc.option(fc.tuple(fc.nat(2), fc.nat(2)), { nil: undefined }),
    bias: fc.boolean(),
  });
  const rows = spec.map(({ n, picture, taps, channels, outputs, more, ...rest }) => {
    const [down, across] = rest.stride;
    // under padding same, nothing convolves back from a window that spans an even number and no output padding
    const even = (axis: 0 | 1) => rest.padding === "same" && ((taps[axis] - 1) * rest.dilation[axis]) % 2 === 1;
    const outputPadding = more && ([more[0] % down, more[1] % across] as const);
    return convTransposeCase({
      ...rest,
      ...(outputPadding && !even(0) && !even(1) && { outputPadding }),
      name: "random",
      x: [n, ...picture, channels],
      w: [...taps, outputs, channels],
    });
  });
  await holds(rows, 40);
});

it("matmul", async () => {
  const spec = fc.record({
    n: upTo(3),
    m: upTo(9),
    k: upTo(17),
    c: upTo(12),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  });
  await holds(
    spec.map((s) => matmulCase({ ...s, name: "random" })),
    30,
  );
});

it("groupNorm and layerNorm", async () => {
  const groups = fc
    .record({ n: upTo(3), picture: both(6), groups: upTo(4), each: upTo(6) })
    .map(({ n, picture, groups: g, each }) =>
      normCase({ name: "random", x: [n, ...picture, g * each], kind: "group", groups: g }),
    );
  const layers = fc
    .record({ x: fc.array(upTo(6), { minLength: 2, maxLength: 4 }), axis: fc.nat(2) })
    .map(({ x, axis }) => normCase({ name: "random", x, axis: 1 + (axis % (x.length - 1)) }));
  await holds(fc.oneof(groups, layers), 40);
});

it("a replay takes another batch size", async () => {
  const { engine } = host;
  using x = engine.tensor(
    Float32Array.from({ length: 24 }, (_, i) => i),
    [1, 3, 4, 2],
  );
  using more = engine.tensor(
    Float32Array.from({ length: 48 }, (_, i) => -i),
    [2, 3, 4, 2],
  );
  using tape = new Tape(engine);
  const body = (start: Tensor) =>
    layerNorm(
      permute(
        crop2d(start, [
          [1, 0],
          [0, 1],
        ]),
        [0, 3, 1, 2],
      ),
      {},
      { axis: 1 },
    );
  const y = tape.run(() => body(x));
  using again = tape.replay(y, x, more);
  using direct = engine.scope(() => body(more));
  expectEqual(await again.read(), await direct.read(), "replayed");
});

describe("refuse", () => {
  const refusals: [what: string, message: RegExp, run: (t: (...shape: number[]) => Tensor) => unknown][] = [
    ["an axis named twice", /permute: order \[0, 1, 1\]/, (t) => permute(t(2, 3, 4), [0, 1, 1])],
    ["an axis left out", /permute: order \[1, 0\]/, (t) => permute(t(2, 3, 4), [1, 0])],
    ["axes from the back", /permute: order \[0, -1\]/, (t) => permute(t(2, 3), [0, -1])],
    [
      "a box outside",
      /slice: 0 to 4 in steps of 1 along axis 1/,
      (t) => slice(t(2, 3), { begin: [0, 0], end: [2, 4] }),
    ],
    ["a box of nothing", /slice: 2 to 2/, (t) => slice(t(3), { begin: [2], end: [2] })],
    ["too few indices", /slice: begin, end and steps need 2/, (t) => slice(t(2, 3), { begin: [0], end: [1] })],
    [
      "cropping everything",
      /slice: 2 to 1/,
      (t) =>
        crop2d(t(1, 3, 3, 1), [
          [2, 2],
          [0, 0],
        ]),
    ],
    [
      "cropping a matrix",
      /crop2d: x \[2, 3\]/,
      (t) =>
        crop2d(t(2, 3), [
          [0, 0],
          [0, 0],
        ]),
    ],
    [
      "other channels",
      /has 3 channels but w \[1, 1, 2, 4\] expects 4/,
      (t) => conv2dTranspose(t(1, 2, 2, 3), t(1, 1, 2, 4), undefined),
    ],
    ["a bias that does not fit", /b \[3\] but w/, (t) => conv2dTranspose(t(1, 2, 2, 4), t(1, 1, 2, 4), t(3))],
    [
      "padding over the stride",
      /smaller than the stride/,
      (t) => conv2dTranspose(t(1, 2, 2, 4), t(3, 3, 2, 4), undefined, { outputPadding: [1, 1] }),
    ],
    [
      "a stride without bounds",
      /stride of 300x300/,
      (t) => conv2dTranspose(t(1, 1, 1, 4), t(1, 1, 2, 4), undefined, { stride: 300 }),
    ],
    ["groups that divide nothing", /groupNorm: 4 groups/, (t) => groupNorm(t(1, 2, 6), {}, { groups: 4 })],
    ["a gamma that does not fit", /gamma \[3\] but x \[2, 4\] wants 4/, (t) => layerNorm(t(2, 4), { gamma: t(3) })],
    ["statistics over the batch", /no batch before/, (t) => layerNorm(t(2, 4), {}, { axis: 0 })],
    ["matrices that do not fit", /matmul: a \[1, 2, 3\]/, (t) => matmul(t(1, 2, 3), t(1, 2, 3))],
    ["other batches", /matmul: a \[1, 2, 3\]/, (t) => matmul(t(1, 2, 3), t(2, 3, 4))],
    [
      "numbers that do not fit",
      /channelAffine: 2 numbers for factor/,
      (t) => channelAffine(t(1, 3), { factor: [1, 2] }),
    ],
  ];

  it.each(refusals)("%s", (_, message, run) => {
    const { engine } = host;
    engine.scope(() => {
      const make = (...shape: number[]) => engine.zeros(shape);
      expect(() => run(make)).toThrow(ShapeError);
      expect(() => run(make)).toThrow(message);
      return undefined;
    });
  });
});
