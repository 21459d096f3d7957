import { sumSlicesKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import type { Engine } from "../../tensor/engine.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add } from "./arithmetic.ts";

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

/** A gradient of the shape of `w`, in slices that run side by side and are added afterwards; pictures held in several
 * buffers give a sum each.
 * @param run computes slices [slices, ...w.shape] for so many pictures */
export function sumOfSlices(
  { x, dy, w, slices }: { x: Tensor; dy: Tensor; w: Tensor; slices: number },
  run: (ranges: Record<"x" | "dy" | "dw", BufferRange>, pictures: number) => void,
): Tensor {
  const { engine } = x;
  let total: Tensor | undefined;
  overRows({ inputs: { x, dy }, outputs: {} }, (ranges, pictures) => {
    const partial = engine.empty([slices, ...w.shape]);
    run({ ...ranges, dw: partial.range }, pictures);
    const dw = slices === 1 ? partial.withShape(w.shape) : sumSlices(partial, w.shape);
    total = total ? add(total, dw) : dw;
  });
  return total ?? engine.zeros(w.shape);
}

/** Adds slices [slices, ...shape] to `shape`. */
function sumSlices(partial: Tensor, shape: Shape): Tensor {
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
