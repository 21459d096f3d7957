import { sumSlicesKernel } from "../../kernels/reduction.ts";
import type { Engine } from "../../tensor/engine.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Invocations that keep an adapter busy: a GPU has thousands of lanes, two CPU cores have few. */
const BUSY = { gpu: 16384, software: 256 };
/** Partial results together take no more than this. */
const MAX_PARTIAL_BYTES = 64 * 1024 * 1024;

/** Into how many slices a long sum is cut so that enough invocations run side by side.
 * @param o.work     terms that could be cut apart
 * @param o.parallel invocations without slices
 * @param o.size     elements of one slice's result */
export function slicesFor(o: { work: number; parallel: number; size: number; engine: Engine }): number {
  const busy = o.engine.adapter.software ? BUSY.software : BUSY.gpu;
  const wanted = Math.ceil(busy / Math.max(1, o.parallel));
  const affordable = Math.floor(Math.min(MAX_PARTIAL_BYTES, o.engine.maxBindingBytes) / (4 * Math.max(1, o.size)));
  return Math.max(1, Math.min(wanted, o.work, affordable, 256));
}

/** Adds slices [slices, ...shape] to `shape`, plus a bias on the last axis if there is one. */
export function sumSlices(partial: Tensor, shape: Shape, bias?: Tensor): Tensor {
  const [slices = 1] = partial.shape;
  const y = partial.engine.empty(shape);
  const C = shape.at(-1) ?? 1;
  const b = bias?.range ?? partial.range;
  partial.engine.run(
    sumSlicesKernel,
    { x: partial.range, b, y: y.range },
    { n: sizeOf(shape), slices, C, hasBias: Number(!!bias) },
  );
  return y;
}
