import { sumSlicesKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Shape } from "../../tensor/shape.ts";
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

/** Adds slices [slices, ...shape] to `shape`. */
export function sumSlices(partial: Tensor, shape: Shape): Tensor {
  const y = partial.engine.empty(shape);
  addSlices(partial, { to: y.range, n: y.size, C: shape.at(-1) ?? 1 });
  return y;
}

/** Adds slices [slices, ..., C] of n elements each into a range, plus a bias [C] if there is one. */
export function addSlices(
  partial: Tensor,
  { to, n, C, bias }: { to: BufferRange; n: number; C: number; bias?: Tensor | undefined },
): void {
  const [slices = 1] = partial.shape;
  const b = bias?.range ?? partial.range;
  const scalars = { n, slices, C, hasBias: Number(!!bias) };
  partial.engine.run(sumSlicesKernel, { x: partial.range, b, y: to }, scalars);
}
