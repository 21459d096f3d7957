import { DatasetError } from "../../errors.ts";
import { checkIndex, checkLabel, type Dataset, elementsOf, namesOf, type Sample } from "./dataset.ts";

/** What the numbers of an array are. */
export interface ArrayDatasetOptions {
  /** Of one example, such as [28, 28, 1]. */
  readonly inputShape: readonly number[];
  readonly classNames?: readonly string[];
}

/** A data set of arrays in memory, which are not copied.
 * @param x [n, ...inputShape]
 * @param y n labels as whole numbers; or, as a Float32Array, n vectors of targets one after another, [n, t]
 * @throws  DatasetError if the lengths do not fit, or a label is no class */
export function arrayDataset(
  x: Float32Array,
  y: Float32Array | Int32Array | Uint8Array | readonly number[],
  { inputShape, classNames }: ArrayDatasetOptions,
): Dataset {
  const size = elementsOf(inputShape);
  const length = x.length / size;
  if (!Number.isInteger(length))
    throw new DatasetError(`x has ${x.length} numbers, which is no multiple of the ${size} of one example.`);
  const targets = targetsOf(y, length);
  if (!(y instanceof Float32Array)) for (const [i, label] of y.entries()) checkLabel(`example ${i}`, label, classNames);
  return {
    length,
    inputShape,
    ...namesOf(classNames),
    ...(y instanceof Float32Array ? {} : { labels: y }),
    get(index) {
      checkIndex(index, { length });
      return { x: x.subarray(index * size, (index + 1) * size), y: targets(index) };
    },
  };
}

function targetsOf(
  y: Float32Array | Int32Array | Uint8Array | readonly number[],
  length: number,
): (index: number) => Sample["y"] {
  if (!(y instanceof Float32Array)) {
    if (y.length !== length) throw new DatasetError(`y has ${y.length} labels, but x has ${length} examples.`);
    return (index) => y[index] ?? 0;
  }
  const width = y.length / length;
  if (length > 0 && (!Number.isInteger(width) || width === 0))
    throw new DatasetError(
      `y has ${y.length} targets, which is no multiple of the ${length} examples. ` +
        "Labels are given as an Int32Array, Uint8Array or list.",
    );
  return (index) => y.subarray(index * width, (index + 1) * width);
}
