/** Every failure a caller can cause or meet has one class; the message says what was got, what was wanted, what to do. */
export class BacklightError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A shape, rank, size or argument that an operation cannot take. */
export class ShapeError extends BacklightError {}
/** A tensor, tape, model or engine used after it was disposed. */
export class DisposedError extends BacklightError {}
/** A WGSL program that the adapter's compiler refused. */
export class KernelCompileError extends BacklightError {}
/** No WebGPU adapter or device to be had. */
export class GpuUnavailableError extends BacklightError {}
/** The device went away (driver reset, crash, destroy). */
export class DeviceLostError extends BacklightError {}
/** The adapter could not give the memory asked for. */
export class OutOfMemoryError extends BacklightError {}
/** A value that should be finite is NaN or infinite. */
export class NonFiniteError extends BacklightError {}
/** A weights or model file that is damaged, hostile, or does not fit the model. */
export class WeightsFormatError extends BacklightError {}
/** A layer or layer option that this version does not know. */
export class UnsupportedLayerError extends BacklightError {}
/** A picture that cannot be decoded or is too large. */
export class ImageFormatError extends BacklightError {}
/** A data set that is empty or damaged, or whose parts do not fit: counts, labels, shapes. */
export class DatasetError extends BacklightError {}
/** A file of boxes (COCO, VOC, CSV) that is damaged or does not say what it must; the message names file and line. */
export class BoxFileError extends BacklightError {}
/** A name or option that the caller gave and that does not exist: layer, class, method, rule, flag. */
export class UnknownNameError extends BacklightError {}
/** A method that is not defined for this model (CAM without a pooling head, say). */
export class NotDefinedError extends BacklightError {}

/** The candidate nearest to `name` by edit distance, or undefined when none is near enough to be a typing error. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
