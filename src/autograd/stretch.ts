import { copyElements } from "../tensor/rows.ts";
import { sameShape } from "../tensor/shape.ts";
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

/** How many times the rows of `recorded` another tensor has; undefined where it does not fit. */
export function timesOf(tensor: Tensor, recorded: Tensor): number | undefined {
  if (sameShape(tensor.shape, recorded.shape)) return 1;
  const [rows = 0, ...rest] = tensor.shape;
  const [unit = 0, ...wanted] = recorded.shape;
  return unit > 0 && rows > 0 && rows % unit === 0 && sameShape(rest, wanted) ? rows / unit : undefined;
}
