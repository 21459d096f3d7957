import { DatasetError } from "../../errors.ts";

/** One example. */
export interface Sample {
  /** Channels last, of the data set's `inputShape`. */
  readonly x: Float32Array;
  /** The index of its class, or a vector of targets: one number per output, 0 or 1 where several classes may be there.
   * */
  readonly y: number | Float32Array;
}

/** Examples of one shape, by index: what training and evaluation read. Anything with these members is one. */
export interface Dataset {
  readonly length: number;
  /** Of one example without the batch axis, such as [height, width, channels]. */
  readonly inputShape: readonly number[];
  /** In the order of the labels, or of the targets. */
  readonly classNames?: readonly string[];
  /** The labels of all examples, where they are known without reading the examples. */
  readonly labels?: ArrayLike<number>;
  /** The same example for the same index, always; nobody writes into what it returns. */
  get(index: number): Sample | Promise<Sample>;
}

/** @throws DatasetError unless the index is one of the data set's */
export function checkIndex(index: number, { length }: { readonly length: number }): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new DatasetError(`the data set has no example ${index}: it has ${length}, from 0 to ${length - 1}.`);
}

/** @param what  where the label stands, for the message
 * @throws DatasetError unless the label is the index of a class */
export function checkLabel(what: string, label: number, classNames: readonly string[] | undefined): void {
  const count = classNames?.length ?? Number.POSITIVE_INFINITY;
  if (Number.isInteger(label) && label >= 0 && label < count) return;
  const range = classNames ? `0 to ${count - 1}: there are ${count} classes` : "a whole number of at least 0";
  throw new DatasetError(`${what} has the label ${label}, but labels are ${range}. Correct the label or the classes.`);
}

/** How many numbers an example has. */
export function elementsOf(inputShape: readonly number[]): number {
  for (const extent of inputShape)
    if (!Number.isInteger(extent) || extent < 1)
      throw new DatasetError(`inputShape is [${inputShape.join(", ")}]; its extents are whole numbers of at least 1.`);
  return inputShape.reduce((product, extent) => product * extent, 1);
}

/** `{ classNames }`, or nothing where they are not known. */
export function namesOf(classNames: readonly string[] | undefined): { readonly classNames?: readonly string[] } {
  return classNames ? { classNames } : {};
}
