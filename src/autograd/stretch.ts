import { copyElements } from "../tensor/rows.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A tensor's rows, so many times over: [n, ...] -> [times * n, ...]. */
export function copies(x: Tensor, times: number): Tensor {
  const y = x.engine.empty([times * (x.shape[0] ?? 0), ...x.shape.slice(1)], x.dtype);
  for (let i = 0; i < times; i++) copyElements(x, { to: y, at: i * x.size });
  return y;
}

/** What has the shape of `copies` and none of its values: for rules that look at the shape alone. */
export function standIn(x: Tensor, times: number): Tensor {
  const shape = [times * (x.shape[0] ?? 0), ...x.shape.slice(1)];
  return new Tensor(x.engine, shape, { dtype: x.dtype, storage: x.storage.share() });
}
