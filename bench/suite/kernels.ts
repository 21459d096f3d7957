// Everything that `--kernel` measures. To add a kernel: an entry here, with its float64 reference of test/reference.
import {
  add,
  avgPool2d,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  globalAvgPool,
  maxPool2d,
  relu,
  type Tensor,
} from "../../src/index.ts";
import { rectifier } from "../../test/reference/activations.ts";
import { addition } from "../../test/reference/arithmetic.ts";
import type { Arrays, Reference } from "../../test/reference/array.ts";
import { convolution, depthwiseConvolution } from "../../test/reference/convolution.ts";
import { denseLayer } from "../../test/reference/dense.ts";
import { normalization } from "../../test/reference/normalization.ts";
import { averagePooling, globalPooling, maxPooling } from "../../test/reference/pooling.ts";
import type { KernelCase, KernelEntry } from "./kernel-case.ts";
import type { KernelShape } from "./shape.ts";

type Named<N extends string> = Readonly<Record<N, Tensor>>;

/** Drops the names of a reference's inputs, and those of a run. */
function untyped<I>(reference: Reference<I>): Reference<Arrays> {
  return reference as unknown as Reference<Arrays>;
}

function runOf<N extends string>(run: (tensors: Named<N>) => Tensor): KernelCase["run"] {
  return run as unknown as KernelCase["run"];
}

/** Of VGG16 and ResNet50. */
const convShapes = [
  "224x224x3:64",
  "224x224x3:64:7x7s2",
  "112x112x128:128",
  "56x56x64:64",
  "56x56x256:128:1x1s2",
  "56x56x256:256",
  "28x28x512:512",
  "14x14x512:512",
  "14x14x256:1024:1x1",
  "7x7x512:2048:1x1",
];
/** Of MobileNet and EfficientNet. */
const depthwiseShapes = ["112x112x32", "56x56x144:3x3s2", "28x28x240:5x5", "14x14x480", "7x7x1152"];
const poolShapes = ["224x224x64:2x2s2", "56x56x256:2x2s2", "112x112x64:3x3s2"];
const mapShapes = ["112x112x64", "56x56x256", "14x14x1024"];
const denseShapes = ["25088:4096", "4096:4096", "2048:1000"];

const outputs = (extent: number, stride: number) => Math.ceil(extent / stride);
const paddedAs = ({ stride }: KernelShape) => ({ stride, padding: "same" as const });

function sizesOf({ H, W, C, OC, stride }: KernelShape, N: number) {
  return { x: N * H * W * C, y: N * outputs(H, stride) * outputs(W, stride) * OC };
}

type Pass = "forward" | "input" | "filter";
/** What each pass of a layer with weights is asked for, and how long its sums are. */
const passes = { forward: {}, input: { wrt: "x" }, filter: { wrt: "w" } } as const;

function convCase(pass: Pass): KernelEntry["make"] {
  const cut = { forward: { w: [3], y: [3] }, input: { x: [3], w: [2] }, filter: { x: [3], w: [2, 3], y: [3] } };
  return (shape, N) => {
    const { H, W, C, OC, KH, KW } = shape;
    const { x, y } = sizesOf(shape, N);
    const sums = { forward: KH * KW * C, input: KH * KW * OC, filter: y / OC };
    return {
      inputs: { x: [N, H, W, C], w: [KH, KW, C, OC] },
      run: runOf<"x" | "w">(({ x, w }) => conv2d(x, w, undefined, paddedAs(shape))),
      ...passes[pass],
      reference: untyped(convolution(paddedAs(shape))),
      cut: cut[pass],
      flops: 2 * y * KH * KW * C,
      elements: x + y + KH * KW * C * OC,
      K: sums[pass],
    };
  };
}

function depthwiseCase(pass: Pass): KernelEntry["make"] {
  return (shape, N) => {
    const { H, W, C, KH, KW } = shape;
    const { x, y } = sizesOf(shape, N);
    return {
      inputs: { x: [N, H, W, C], w: [KH, KW, C, 1] },
      run: runOf<"x" | "w">(({ x, w }) => depthwiseConv2d(x, w, undefined, paddedAs(shape))),
      ...passes[pass],
      reference: untyped(depthwiseConvolution(paddedAs(shape))),
      cut: { x: [3], w: [2], y: [3] },
      flops: 2 * y * KH * KW,
      elements: x + y + KH * KW * C,
      K: pass === "filter" ? y / C : KH * KW,
    };
  };
}

function denseCase(pass: Pass): KernelEntry["make"] {
  const cut = { forward: { w: [1], y: [1] }, input: { x: [1], w: [0] }, filter: { x: [1], w: [0, 1], y: [1] } };
  return ({ C, OC }, N) => ({
    inputs: { x: [N, C], w: [C, OC] },
    run: runOf<"x" | "w">(({ x, w }) => dense(x, w, undefined)),
    ...passes[pass],
    reference: untyped(denseLayer),
    cut: cut[pass],
    flops: 2 * N * C * OC,
    elements: N * (C + OC) + C * OC,
    K: { forward: C, input: OC, filter: N }[pass],
  });
}

/** What one window of every channel gives. */
function poolCase(kind: "max" | "avg", wrt?: "x"): KernelEntry["make"] {
  return (shape, N) => {
    const { H, W, C, KH, KW } = shape;
    const { x, y } = sizesOf(shape, N);
    const options = { size: [KH, KW] as const, ...paddedAs(shape) };
    const pool = kind === "max" ? maxPool2d : avgPool2d;
    return {
      inputs: { x: [N, H, W, C] },
      run: runOf<"x">(({ x }) => pool(x, options)),
      ...(wrt ? { wrt } : {}),
      reference: untyped(kind === "max" ? maxPooling(options) : averagePooling(options)),
      cut: { x: [3], y: [3] },
      flops: y * KH * KW,
      // back from a maximum, x says which pixel it was
      elements: wrt && kind === "max" ? 2 * x + y : x + y,
      K: KH * KW + 2,
    };
  };
}

type MapCase = Pick<KernelCase, "run" | "reference"> & {
  /** Inputs of x's shape, and those of one number to a channel. */
  readonly maps: readonly string[];
  readonly vectors?: readonly string[];
  readonly positive?: readonly string[];
  readonly wrt?: string;
  readonly flopsEach: number;
  readonly K: number;
};

/** Kernels that compute one number from one place of each map. */
function mapCase({ maps, vectors = [], flopsEach, ...rest }: MapCase): KernelEntry["make"] {
  return ({ H, W, C }, N) => {
    const size = N * H * W * C;
    return {
      ...rest,
      inputs: Object.fromEntries([
        ...maps.map((name) => [name, [N, H, W, C]] as const),
        ...vectors.map((name) => [name, [C]] as const),
      ]),
      cut: Object.fromEntries([...[...maps, "y"].map((name) => [name, [3]]), ...vectors.map((name) => [name, [0]])]),
      flops: flopsEach * size,
      elements: (maps.length + 1 + (rest.wrt ? 1 : 0)) * size + vectors.length * C,
    };
  };
}

const reluCase: MapCase = {
  maps: ["x"],
  run: runOf<"x">(({ x }) => relu(x)),
  reference: untyped(rectifier()),
  flopsEach: 1,
  K: 1,
};
const addCase: MapCase = {
  maps: ["a", "b"],
  run: runOf<"a" | "b">(({ a, b }) => add(a, b)),
  reference: untyped(addition),
  flopsEach: 1,
  K: 1,
};
const epsilon = 1e-3;
const batchNormCase: MapCase = {
  maps: ["x"],
  vectors: ["gamma", "beta", "mean", "variance"],
  positive: ["variance"],
  run: runOf<"x" | "gamma" | "beta" | "mean" | "variance">(({ x, ...p }) => batchNorm(x, p, { epsilon })),
  reference: untyped(normalization(epsilon)),
  flopsEach: 2,
  K: 10,
};

const averageCase: KernelEntry["make"] = ({ H, W, C }, N) => ({
  inputs: { x: [N, H, W, C] },
  run: runOf<"x">(({ x }) => globalAvgPool(x)),
  reference: untyped(globalPooling("average", false)),
  cut: { x: [3], y: [1] },
  flops: N * H * W * C,
  elements: N * H * W * C + N * C,
  K: H * W + 2,
});

const conv = {
  family: "conv",
  window: "3x3s1",
  shapes: convShapes,
  ways: ["winograd-4", "winograd-2", "product"],
} as const;
const depthwise = { family: "pool", window: "3x3s1", shapes: depthwiseShapes } as const;
const fullyConnected = { family: "dense", shapes: denseShapes } as const;
const pool = { family: "pool", window: "2x2s2", shapes: poolShapes } as const;
const map = { family: "map", shapes: mapShapes } as const;

/** By the name that `--kernel` takes. */
export const kernelTable: Readonly<Record<string, KernelEntry>> = {
  conv2d: { ...conv, kernels: ["conv2d"], make: convCase("forward") },
  "conv2d-input-vjp": { ...conv, kernels: ["conv2d-input-vjp"], make: convCase("input") },
  "conv2d-filter-vjp": { ...conv, kernels: ["conv2d-filter-vjp"], make: convCase("filter") },
  depthwise: { ...depthwise, kernels: ["depthwise"], make: depthwiseCase("forward") },
  "depthwise-input-vjp": { ...depthwise, kernels: ["depthwise-input-vjp"], make: depthwiseCase("input") },
  "depthwise-filter-vjp": { ...depthwise, kernels: ["depthwise-filter-vjp"], make: depthwiseCase("filter") },
  // many rows go through the convolutions' kernels
  dense: { ...fullyConnected, kernels: ["dense", "conv2d"], make: denseCase("forward") },
  "dense-input-vjp": {
    ...fullyConnected,
    kernels: ["dense-input-vjp", "conv2d-input-vjp"],
    make: denseCase("input"),
  },
  "dense-filter-vjp": {
    ...fullyConnected,
    kernels: ["dense-filter-vjp", "conv2d-filter-vjp"],
    make: denseCase("filter"),
  },
  "max-pool": { ...pool, kernels: ["max-pool"], make: poolCase("max") },
  "max-pool-vjp": { ...pool, kernels: ["max-pool-vjp"], make: poolCase("max", "x") },
  "avg-pool": { ...pool, kernels: ["avg-pool"], make: poolCase("avg") },
  "avg-pool-vjp": { ...pool, kernels: ["avg-pool-vjp"], make: poolCase("avg", "x") },
  gap: { ...map, kernels: ["sum"], make: averageCase },
  relu: { ...map, kernels: ["relu"], make: mapCase(reluCase) },
  "relu-vjp": { ...map, kernels: ["relu-vjp"], make: mapCase({ ...reluCase, wrt: "x" }) },
  "batch-norm": { ...map, kernels: ["batch-norm"], make: mapCase(batchNormCase) },
  add: { ...map, kernels: ["add"], make: mapCase(addCase) },
};
