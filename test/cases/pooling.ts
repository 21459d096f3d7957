import { avgPool2d, globalAvgPool, globalMaxPool, maxPool2d } from "../../src/autograd/ops/pooling.ts";
import { averagePooling, globalPooling, maxPooling } from "../reference/pooling.ts";
import type { WindowPadding } from "../reference/window.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

export interface PoolSpec {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly size: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: WindowPadding;
  /** Values are multiples of this, so that there are ties. */
  readonly step?: number;
}

export function maxPoolCase(spec: PoolSpec): OpCase {
  const { size, options, common } = parts(spec);
  return opCase({
    op: "maxPool2d",
    ...common,
    run: (t) => maxPool2d(t.x, options),
    reference: maxPooling({ ...options, size }),
    smooth: spec.step === undefined,
  });
}

export function avgPoolCase(spec: PoolSpec): OpCase {
  const { size, options, common } = parts(spec);
  return opCase({
    op: "avgPool2d",
    ...common,
    run: (t) => avgPool2d(t.x, options),
    reference: averagePooling({ ...options, size }),
    linear: true,
  });
}

function parts({ name, x, size: [kh, kw], stride, padding, step }: PoolSpec) {
  const size: [number, number] = [kh, kw];
  const [sh, sw] = stride ?? size;
  const options = { size, stride: [sh, sw] as [number, number], ...(padding && { padding }) };
  const input: InputSpec = { shape: x, ...(step !== undefined && { step }) };
  const common = { name, inputs: { x: input }, differentiable: ["x"], K: kh * kw + 2 };
  return { size, options, common };
}

const specs: PoolSpec[] = [
  { name: "2x2", x: [2, 8, 6, 4], size: [2, 2] },
  { name: "2x2 with a rest", x: [3, 7, 5, 3], size: [2, 2] },
  { name: "2x2 same with a rest", x: [1, 7, 5, 10], size: [2, 2], padding: "same" },
  { name: "3x3 stride 2, overlapping", x: [2, 9, 8, 5], size: [3, 3], stride: [2, 2] },
  { name: "3x3 stride 1 same, overlapping", x: [1, 7, 5, 4], size: [3, 3], stride: [1, 1], padding: "same" },
  {
    name: "3x3 stride 2, padding 1",
    x: [1, 11, 8, 4],
    size: [3, 3],
    stride: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  {
    name: "asymmetric padding",
    x: [1, 6, 7, 3],
    size: [3, 2],
    stride: [2, 1],
    padding: [
      [0, 2],
      [1, 0],
    ],
  },
  { name: "stride larger than the window", x: [1, 9, 10, 2], size: [2, 2], stride: [3, 4] },
  { name: "window larger than the picture", x: [2, 3, 2, 3], size: [5, 5], stride: [1, 1], padding: "same" },
  { name: "1x1", x: [1, 1, 1, 1], size: [1, 1] },
  { name: "empty batch", x: [0, 6, 4, 3], size: [2, 2] },
];

const tied: PoolSpec[] = [
  { name: "ties", x: [2, 8, 7, 3], size: [3, 3], stride: [2, 2], step: 0.5 },
  { name: "ties, windows apart", x: [2, 8, 7, 4], size: [2, 2], step: 0.5 },
  {
    name: "ties at the padding, negative maxima",
    x: [1, 5, 5, 4],
    size: [3, 3],
    stride: [1, 1],
    padding: "same",
    step: 1,
  },
];

const globals: [name: string, x: readonly number[], step?: number][] = [
  ["7x5", [3, 7, 5, 10]],
  ["1x1", [2, 1, 1, 3]],
  ["many channels", [1, 3, 4, 131]],
  ["many pixels", [1, 57, 61, 5]],
  ["empty batch", [0, 3, 4, 5]],
  ["ties", [2, 7, 5, 3], 0.5],
  ["ties of many pixels, channels by fours", [2, 9, 8, 20], 0.25],
  ["ties all over", [2, 4, 3, 4], 4],
];

/** @param step values are multiples of this, so that there are ties */
export function globalCases(name: string, shape: readonly number[], step?: number): OpCase[] {
  const [, h = 1, w = 1] = shape;
  const x: InputSpec = { shape, ...(step !== undefined && { step }) };
  const common = { inputs: { x }, differentiable: ["x"], K: h * w + 2 };
  return [false, true].flatMap((keepDims) => {
    const title = `${name}${keepDims ? ", axes kept" : ""}`;
    return [
      opCase({
        op: "globalAvgPool",
        name: title,
        ...common,
        run: (t) => globalAvgPool(t.x, { keepDims }),
        reference: globalPooling("average", keepDims),
        linear: true,
      }),
      opCase({
        op: "globalMaxPool",
        name: title,
        ...common,
        run: (t) => globalMaxPool(t.x, { keepDims }),
        reference: globalPooling("max", keepDims),
        smooth: step === undefined,
      }),
    ];
  });
}

export const poolingCases: OpCase[] = [
  ...[...specs, ...tied].map(maxPoolCase),
  ...specs.map(avgPoolCase),
  ...globals.flatMap((row) => globalCases(...row)),
];
