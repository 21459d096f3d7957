import { ShapeError } from "../../errors.ts";
import {
  type ConvGeometry,
  conv2dFilterVjpKernel,
  conv2dInputVjpKernel,
  conv2dKernel,
} from "../../kernels/convolution.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { add } from "./arithmetic.ts";
import { slicesFor, sumSlices } from "./slices.ts";
import { sumRows } from "./sums.ts";
import { type Padding, type Pair, type Window, windowOf } from "./window.ts";

export interface ConvOptions {
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly padding?: Padding;
  /** Input and output channels are cut into this many groups that do not see each other. */
  readonly groups?: number;
}

interface ConvParams {
  readonly window: Window;
  readonly groups: number;
}

/** 2-D convolution (cross-correlation, as in every network library), NHWC.
 * @param x [n, h, w, c]
 * @param w [kh, kw, c / groups, oc], Keras' order
 * @param b [oc] or undefined
 * @returns [n, oh, ow, oc]
 * @throws  ShapeError when channels, groups or window do not fit */
export function conv2d(x: Tensor, w: Tensor, b: Tensor | undefined, options: ConvOptions = {}): Tensor {
  const { stride = 1, dilation = 1, padding = "valid", groups = 1 } = options;
  const [, H, W, C] = nhwc(x.shape, "conv2d x");
  const [KH, KW, channels, OC] = nhwc(w.shape, "conv2d w");
  if (channels * groups !== C)
    throw new ShapeError(
      `conv2d: ${shown("x", x)} has ${C} channels but ${shown("w", w)} expects ${channels * groups}` +
        (C === 4 && channels === 3 ? ". The image has an alpha channel: drop it when loading." : ""),
    );
  if (OC % groups !== 0) throw new ShapeError(`conv2d: ${OC} output channels cannot be cut into ${groups} groups`);
  if (b && (b.shape.length !== 1 || b.shape[0] !== OC))
    throw new ShapeError(`conv2d: ${shown("b", b)} but ${shown("w", w)} wants [${OC}]`);
  const window = windowOf(H, W, { what: "conv2d", size: [KH, KW], stride, dilation, padding });
  return convOp.apply({ x, w, b }, { window, groups });
}

/** The kernels' scalars for `N` pictures. */
function geometryOf(x: Tensor, OC: number, { window, groups }: ConvParams, N: number): ConvGeometry {
  const [, H, W, C] = nhwc(x.shape, "conv2d");
  return { N, H, W, C, OC, ...window, G: groups };
}

const convOp = defineOp<ConvParams>({
  name: "conv2d",
  inputs: ["x", "w", "b?"],
  save: ["x", "w"],
  forward: (inputs, params) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    const { b } = inputs;
    const N = x.shape[0] ?? 0;
    const OC = w.shape[3] ?? 0;
    const y = x.engine.empty([N, params.window.OH, params.window.OW, OC]);
    const weights = w.range;
    const bias = b?.range ?? weights; // bound, not read, where there is none
    overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
      const geometry = geometryOf(x, OC, params, rows);
      x.engine.run(conv2dKernel, { ...ranges, w: weights, b: bias }, { ...geometry, hasBias: Number(!!b) });
    });
    return y;
  },
  vjp: (dy, { inputs, params, wanted }) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    return {
      x: wanted.has("x") ? inputGradient(dy, { x, w, params }) : undefined,
      w: wanted.has("w") ? filterGradient(dy, { x, w, params }) : undefined,
      b: wanted.has("b") ? sumRows(dy) : undefined,
    };
  },
});

interface ConvTensors {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly params: ConvParams;
}

function inputGradient(dy: Tensor, { x, w, params }: ConvTensors): Tensor {
  const dx = x.engine.empty(x.shape);
  const weights = w.range;
  overRows({ inputs: { dy }, outputs: { dx } }, (ranges, rows) => {
    const geometry = geometryOf(x, w.shape[3] ?? 0, params, rows);
    x.engine.run(conv2dInputVjpKernel, { ...ranges, w: weights }, { ...geometry, hasBias: 0 });
  });
  return dx;
}

/** dL/dw, in slices of output rows that are added afterwards; pictures held in several buffers give a sum each. */
function filterGradient(dy: Tensor, { x, w, params }: ConvTensors): Tensor {
  const { engine } = x;
  const work = (x.shape[0] ?? 0) * params.window.OH;
  const slices = slicesFor({ work, parallel: w.size / 128, size: w.size, engine });
  let total: Tensor | undefined;
  overRows({ inputs: { x, dy }, outputs: {} }, (ranges, rows) => {
    const partial = engine.empty([slices, ...w.shape]);
    const geometry = geometryOf(x, w.shape[3] ?? 0, params, rows);
    engine.run(conv2dFilterVjpKernel, { ...ranges, dw: partial.range }, { ...geometry, slices });
    const dw = slices === 1 ? partial.withShape(w.shape) : sumSlices(partial, w.shape);
    total = total ? add(total, dw) : dw;
  });
  return total ?? engine.zeros(w.shape);
}
