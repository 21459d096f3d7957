import { ShapeError } from "../../errors.ts";
import { conv2dInputVjpKernel, conv2dKernel } from "../../kernels/convolution.ts";
import { MAX_GROUPS } from "../../kernels/define.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { add } from "./arithmetic.ts";
import { filterGradient } from "./convolution.ts";
import { type Pair, pair, type Window, windowOf } from "./window.ts";

export interface ConvTransposeOptions {
  readonly stride?: Pair;
  readonly dilation?: Pair;
  readonly padding?: "same" | "valid";
  /** Rows and columns added at the bottom and right; undefined means as many as Keras takes by itself. */
  readonly outputPadding?: readonly [number, number] | undefined;
}

/** Transposed 2-D convolution, NHWC: the gradient of conv2d for its input, as a layer.
 * @param x [n, h, w, c]
 * @param w [kh, kw, oc, c], Keras' order
 * @param b [oc] or undefined
 * @returns [n, oh, ow, oc], of Keras' size: see `transposedExtent`
 * @throws  ShapeError when channels or window do not fit, or no picture of that size convolves to h x w */
export function conv2dTranspose(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: ConvTransposeOptions = {},
): Tensor {
  const what = "conv2dTranspose";
  const { padding = "valid", outputPadding } = options;
  const [, H, W, C] = nhwc(x.shape, `${what} x`);
  const [KH, KW, OC, channels] = nhwc(w.shape, `${what} w`);
  if (channels !== C)
    throw new ShapeError(`${what}: ${shown("x", x)} has ${C} channels but ${shown("w", w)} expects ${channels}`);
  if (b && (b.shape.length !== 1 || b.shape[0] !== OC))
    throw new ShapeError(`${what}: ${shown("b", b)} but ${shown("w", w)} wants [${OC}]`);
  const stride = pair(options.stride ?? 1, what, "stride");
  const dilation = pair(options.dilation ?? 1, what, "dilation");
  if (stride[0] * stride[1] > MAX_GROUPS)
    throw new ShapeError(`${what}: a stride of ${stride[0]}x${stride[1]} pixels; at most ${MAX_GROUPS} are supported`);
  const along = (axis: 0 | 1, extent: number, size: number) =>
    transposedExtent(extent, {
      size,
      stride: stride[axis],
      dilation: dilation[axis],
      padding,
      outputPadding: outputPadding?.[axis],
    });
  const [OH, OW] = [along(0, H, KH), along(1, W, KW)];
  const window = windowOf(OH, OW, { what, size: [KH, KW], stride, dilation, padding });
  if (window.OH !== H || window.OW !== W)
    throw new ShapeError(
      `${what}: outputPadding ${JSON.stringify(outputPadding)} gives ${OH}x${OW}, which convolves back to ` +
        `${window.OH}x${window.OW} and not ${H}x${W}; it must be smaller than the stride, ` +
        "and under padding same " +
        "at least 1 where the window spans an even number of pixels",
    );
  const y = convTransposeOp.apply({ x, w }, { window, OH, OW });
  return b ? add(y, b) : y;
}

/** Length of one axis after a transposed convolution, as Keras has it:
 * same: n * stride, or (n - 1) * stride + (reach mod 2) + outputPadding;
 * valid: (n - 1) * stride + max(reach, stride), or (n - 1) * stride + reach + outputPadding;
 * reach = (size - 1) * dilation + 1. */
export function transposedExtent(
  n: number,
  axis: {
    readonly size: number;
    readonly stride: number;
    readonly dilation: number;
    readonly padding: "same" | "valid";
    readonly outputPadding?: number | undefined;
  },
): number {
  const { stride, padding, outputPadding } = axis;
  const reach = (axis.size - 1) * axis.dilation + 1;
  if (padding === "same")
    return outputPadding === undefined ? n * stride : (n - 1) * stride + (reach % 2) + outputPadding;
  return (n - 1) * stride + (outputPadding === undefined ? Math.max(reach, stride) : reach + outputPadding);
}

interface TransposeParams {
  /** Of the convolution that leads from y back to x. */
  readonly window: Window;
  readonly OH: number;
  readonly OW: number;
}

/** Scalars of that convolution for `N` pictures: its input is y, its output x. */
function geometryOf(w: Tensor, { window, OH, OW }: TransposeParams, N: number) {
  const [, , C, OC] = nhwc(w.shape, "conv2dTranspose w");
  return { N, H: OH, W: OW, C, OC, ...window, G: 1 };
}

const convTransposeOp = defineOp<TransposeParams>({
  name: "conv2d_transpose",
  reads: [],
  forward: (inputs, params) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    const y = x.engine.empty([x.shape[0] ?? 0, params.OH, params.OW, w.shape[2] ?? 0]);
    overRows({ inputs: { dy: x }, outputs: { dx: y } }, (ranges, rows) => {
      x.engine.run(conv2dInputVjpKernel, { ...ranges, w: w.range }, geometryOf(w, params, rows));
    });
    return y;
  },
  vjp: (dy, { inputs, params, wanted }) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    return {
      x: wanted.has("x") ? inputGradient(dy, { x, w, params }) : undefined,
      // dy is that convolution's input, x its output
      w: wanted.has("w") ? filterGradient(x, { x: dy, w, params: { window: params.window, groups: 1 } }) : undefined,
    };
  },
});

function inputGradient(dy: Tensor, { x, w, params }: { x: Tensor; w: Tensor; params: TransposeParams }): Tensor {
  const dx = x.engine.empty(x.shape);
  const weights = { w: w.range, b: w.range };
  overRows({ inputs: { x: dy }, outputs: { y: dx } }, (ranges, rows) => {
    x.engine.run(conv2dKernel, { ...ranges, ...weights }, { ...geometryOf(w, params, rows), hasBias: 0 });
  });
  return dx;
}
