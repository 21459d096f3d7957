import { ShapeError } from "../../errors.ts";
import { depthwiseFilterVjpKernel, depthwiseInputVjpKernel, depthwiseKernel } from "../../kernels/convolution.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import type { ConvOptions } from "./convolution.ts";
import { slicesFor, sumOfSlices } from "./slices.ts";
import { sumRows } from "./sums.ts";
import { type Window, windowOf } from "./window.ts";

/** Depthwise convolution: every channel has m filters of its own.
 * @param x [n, h, w, c]
 * @param w [kh, kw, c, m], Keras' order
 * @param b [c * m] or undefined
 * @returns [n, oh, ow, c * m], channel c's filters side by side
 * @throws  ShapeError when channels or window do not fit */
export function depthwiseConv2d(
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  options: Omit<ConvOptions, "groups"> = {},
): Tensor {
  const { stride = 1, dilation = 1, padding = "valid" } = options;
  const [, H, W, C] = nhwc(x.shape, "depthwiseConv2d x");
  const [KH, KW, channels, M] = nhwc(w.shape, "depthwiseConv2d w");
  if (channels !== C)
    throw new ShapeError(
      `depthwiseConv2d: ${shown("x", x)} has ${C} channels but ${shown("w", w)} expects ${channels}`,
    );
  if (b && (b.shape.length !== 1 || b.shape[0] !== C * M))
    throw new ShapeError(`depthwiseConv2d: ${shown("b", b)} but ${shown("w", w)} wants [${C * M}]`);
  const window = windowOf(H, W, { what: "depthwiseConv2d", size: [KH, KW], stride, dilation, padding });
  return depthwiseOp.apply({ x, w, b }, window);
}

function geometryOf(x: Tensor, w: Tensor, window: Window, N: number) {
  const [, H, W, C] = nhwc(x.shape, "depthwiseConv2d");
  return { N, H, W, C, M: w.shape[3] ?? 1, ...window };
}

const depthwiseOp = defineOp<Window>({
  name: "depthwise_conv2d",
  reads: [],
  forward: (inputs, window) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    const { b } = inputs;
    const y = x.engine.empty([x.shape[0] ?? 0, window.OH, window.OW, (w.shape[2] ?? 0) * (w.shape[3] ?? 0)]);
    const weights = w.range;
    const bias = b?.range ?? weights;
    overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
      const scalars = { ...geometryOf(x, w, window, rows), n: ranges.y.size / 4, hasBias: Number(!!b) };
      x.engine.run(depthwiseKernel, { ...ranges, w: weights, b: bias }, scalars);
    });
    return y;
  },
  vjp: (dy, { inputs, params, wanted }) => {
    const x = need(inputs, "x");
    const w = need(inputs, "w");
    return {
      x: wanted.has("x") ? inputGradient(dy, { x, w, window: params }) : undefined,
      w: wanted.has("w") ? filterGradient(dy, { x, w, window: params }) : undefined,
      b: wanted.has("b") ? sumRows(dy) : undefined,
    };
  },
});

interface Recordings {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly window: Window;
}

function inputGradient(dy: Tensor, { x, w, window }: Recordings): Tensor {
  const dx = x.engine.empty(x.shape);
  const weights = w.range;
  overRows({ inputs: { dy }, outputs: { dx } }, (ranges, rows) => {
    const scalars = { ...geometryOf(x, w, window, rows), n: ranges.dx.size / 4 };
    x.engine.run(depthwiseInputVjpKernel, { ...ranges, w: weights }, scalars);
  });
  return dx;
}

/** dL/dw, in slices of output rows. */
function filterGradient(dy: Tensor, { x, w, window }: Recordings): Tensor {
  const { engine } = x;
  const work = (x.shape[0] ?? 0) * window.OH;
  const slices = slicesFor({ work, parallel: w.size / 4, size: w.size, engine });
  return sumOfSlices({ x, dy, w, slices }, (ranges, pictures) => {
    const scalars = { ...geometryOf(x, w, window, pictures), n: w.size, slices };
    engine.run(depthwiseFilterVjpKernel, ranges, scalars);
  });
}
