import { ShapeError } from "../../errors.ts";
import {
  type ConvGeometry,
  conv2dFilterVjpKernel,
  conv2dInputVjpKernel,
  conv2dKernel,
} from "../../kernels/convolution.ts";
import { MAX_GROUPS } from "../../kernels/define.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { type ConvCase, type ConvPlace, type ConvShape, caseOf, multipliesOf } from "./conv-choice.ts";
import {
  filterSlices,
  productFilterGradient,
  productForward,
  productInputGradient,
  usesProduct,
} from "./conv-product.ts";
import { winogradFilterGradient, winogradForward, winogradInputGradient, winogradSide } from "./conv-winograd.ts";
import { bandsOf, spend } from "./pace.ts";
import { slicesFor, sumOfSlices } from "./slices.ts";
import { sumRows } from "./sums.ts";
import { type Padding, type Pair, type Window, windowOf } from "./window.ts";

/** How a filter slides over a picture. */
export interface ConvOptions {
  /** Pixels from one place of the filter to the next; 1 unless given. */
  readonly stride?: Pair;
  /** Pixels from one tap of the filter to the next; 1 unless given. */
  readonly dilation?: Pair;
  /** "valid" unless given. */
  readonly padding?: Padding;
  /** Input and output channels are cut into this many groups that do not see each other; 1 unless given. */
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
  if (!Number.isInteger(groups) || OC % groups !== 0)
    throw new ShapeError(`conv2d: ${OC} output channels cannot be cut into ${groups} groups`);
  if (b && (b.shape.length !== 1 || b.shape[0] !== OC))
    throw new ShapeError(`conv2d: ${shown("b", b)} but ${shown("w", w)} wants [${OC}]`);
  const window = windowOf(H, W, { what: "conv2d", size: [KH, KW], stride, dilation, padding });
  return convOp.apply({ x, w, b }, { window, groups });
}

function shapeOf(x: Tensor, OC: number, { window, groups }: ConvParams, N: number): ConvShape {
  const [, H, W, C] = nhwc(x.shape, "conv2d");
  return { N, H, W, C, OC, window, groups };
}

/** The kernels' scalars. */
function geometryOf({ window, groups, ...extents }: ConvShape): ConvGeometry {
  return { ...extents, ...window, G: groups };
}

const convOp = defineOp<ConvParams>({
  name: "conv2d",
  reads: [],
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
      const shape = shapeOf(x, OC, params, rows);
      const all = { ...ranges, w: weights, b: bias };
      const one = caseOf(x.engine, "forward", shape);
      const side = winogradSide(x.engine, one);
      if (side) winogradForward(x.engine, all, { ...shape, side, hasBias: !!b });
      else if (usesProduct(x.engine, one)) productForward(x.engine, all, { ...shape, hasBias: !!b });
      else return tilesForward(x.engine, all, { ...one, hasBias: !!b });
      spend(x.engine, multipliesOf(shape));
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

/** By the variants of the pass's own kernel, some rows at a time where the adapter is slow. */
function tilesForward(
  engine: Engine,
  { x, w, b, y }: Readonly<Record<"x" | "w" | "b" | "y", BufferRange>>,
  { shape, way, hasBias }: ConvCase & { readonly hasBias: boolean },
): void {
  const { N, window } = shape;
  const multiplies = multipliesOf(shape);
  for (const band of bandsOf(engine, { read: x, written: y, N, rows: window.OH, multiplies })) {
    const part = { N: band.N, OH: band.rows, top: window.top - band.first * window.SH };
    const uniforms = { ...geometryOf(shape), ...part, hasBias: Number(hasBias) };
    engine.run(conv2dKernel, { x: band.read, w, b, y: band.written }, uniforms, way);
    spend(engine, (multiplies * band.N * band.rows) / (N * window.OH));
  }
}

/** As tilesForward, of dL/dx. */
function tilesInputGradient(
  engine: Engine,
  { dy, w, dx }: Readonly<Record<"dy" | "w" | "dx", BufferRange>>,
  { shape, way }: ConvCase,
): void {
  const { N, H, window } = shape;
  const multiplies = multipliesOf(shape);
  for (const band of bandsOf(engine, { read: dy, written: dx, N, rows: H, multiplies })) {
    const part = { N: band.N, H: band.rows, top: window.top + band.first };
    engine.run(conv2dInputVjpKernel, { dy: band.read, w, dx: band.written }, { ...geometryOf(shape), ...part }, way);
    spend(engine, (multiplies * band.N * band.rows) / (N * H));
  }
}

interface ConvTensors {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly params: ConvParams;
}

function inputGradient(dy: Tensor, { x, w, params }: ConvTensors): Tensor {
  const dx = x.engine.empty(x.shape);
  const weights = w.range;
  overRows({ inputs: { dy }, outputs: { dx } }, (ranges, rows) => {
    const shape = shapeOf(x, w.shape[3] ?? 0, params, rows);
    const one = caseOf(x.engine, "input", shape);
    const side = winogradSide(x.engine, one);
    if (side) winogradInputGradient(w, ranges, { ...shape, side });
    else if (usesProduct(x.engine, one)) productInputGradient(w, ranges, shape);
    else return tilesInputGradient(x.engine, { ...ranges, w: weights }, one);
    spend(x.engine, multipliesOf(shape));
  });
  return dx;
}

/** dL/dw, in slices of output rows. */
export function filterGradient(dy: Tensor, { x, w, params }: ConvTensors): Tensor {
  const { engine } = x;
  const { OH, KH, KW } = params.window;
  const shape = shapeOf(x, w.shape[3] ?? 0, params, x.shape[0] ?? 0);
  const one = caseOf(engine, "filter", shape);
  spend(engine, multipliesOf(shape));
  const side = winogradSide(engine, one);
  if (side)
    return sumOfSlices({ x, dy, w, slices: 1 }, (ranges, pictures) => {
      winogradFilterGradient(engine, ranges, { ...shapeOf(x, shape.OC, params, pictures), side });
    });
  const whole = x.storage.buffers.length === 1 && dy.storage.buffers.length === 1;
  if (whole && usesProduct(engine, one)) {
    const { each, chunks } = filterSlices(engine, shape);
    return sumOfSlices({ x, dy, w, slices: each * chunks }, (ranges) => {
      productFilterGradient(engine, ranges, { ...shape, each });
    });
  }
  const work = (x.shape[0] ?? 0) * OH;
  // the tiles count taps and slices in one dimension of the dispatch
  const most = Math.max(1, Math.floor(MAX_GROUPS / (KH * KW)));
  const slices = Math.min(slicesFor({ work, parallel: w.size / 128, size: w.size, engine }), most);
  return sumOfSlices({ x, dy, w, slices }, (ranges, pictures) => {
    const geometry = geometryOf({ ...shape, N: pictures });
    engine.run(conv2dFilterVjpKernel, ranges, { ...geometry, slices }, one.way);
  });
}

/** One pass by itself, whatever a tape records: of x, the weights and y's cotangent, of which it reads two. */
export function passAlone(
  { pass, shape }: ConvPlace,
  { x, w, dy }: Readonly<Record<"x" | "w" | "dy", Tensor>>,
): Tensor {
  const params = { window: shape.window, groups: shape.groups };
  if (pass === "forward") return convOp.apply({ x, w }, params);
  const tensors = { x, w, params };
  return pass === "input" ? inputGradient(dy, tensors) : filterGradient(dy, tensors);
}
