import { ShapeError, UnknownNameError } from "../../errors.ts";
import { type ResizeMethod, resizeKernels, resizeMethods } from "../../kernels/resizing.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need } from "../op.ts";

/** What a picture is resized to, and how. */
export interface ResizeOptions {
  /** In pixels, at least 1. */
  readonly height: number;
  /** In pixels, at least 1. */
  readonly width: number;
  /** "half-pixel" unless given: bilinear with half-pixel centres. "align-corners": bilinear, corner on corner.
   * "nearest": no interpolation. None of them averages when pictures shrink. */
  readonly method?: ResizeMethod;
}

/** Resizes [n, h, w, c] to [n, height, width, c].
 * @throws UnknownNameError for the method, ShapeError for a size that is none */
export function resize2d(x: Tensor, { height, width, method = "half-pixel" }: ResizeOptions): Tensor {
  if (!resizeMethods.includes(method))
    throw new UnknownNameError(`resize2d: no method "${method}"; there are ${resizeMethods.join(", ")}`);
  if (![height, width].every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new ShapeError(`resize2d: ${height}x${width} must be whole numbers, at least 1`);
  return resizeOp.apply({ x }, { OH: height, OW: width, method });
}

const resizeOp = defineOp<{ OH: number; OW: number; method: ResizeMethod }>({
  name: "resize",
  reads: [],
  forward: (inputs, { OH, OW, method }) => {
    const x = need(inputs, "x");
    const [N, H, W, C] = nhwc(x.shape, "resize2d");
    const y = x.engine.empty([N, OH, OW, C]);
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(resizeKernels[method].forward, ranges, { n: ranges.y.size / 4, H, W, C, OH, OW });
    });
    return y;
  },
  vjp: (dy, { inputs, params: { OH, OW, method } }) => {
    const x = need(inputs, "x");
    const [, H, W, C] = nhwc(x.shape, "resize2d");
    const dx = x.engine.empty(x.shape);
    overRows({ inputs: { dy }, outputs: { dx } }, (ranges) => {
      x.engine.run(resizeKernels[method].vjp, ranges, { n: ranges.dx.size / 4, H, W, C, OH, OW });
    });
    return { x: dx };
  },
});
