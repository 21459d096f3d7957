import { ShapeError } from "../errors.ts";
import type { BufferRange } from "../kernels/runtime.ts";
import { showShape } from "./shape.ts";
import type { Tensor, TypedData } from "./tensor.ts";

/** The buffers that hold a tensor, each as far as it is filled. */
export function partRanges(tensor: Tensor): BufferRange[] {
  const { buffers, partElements } = tensor.storage;
  return buffers.map((buffer, i) => ({
    buffer,
    offset: 0,
    size: 4 * Math.min(partElements, tensor.size - i * partElements),
  }));
}

/** What was read from these buffers, as one array. */
export function joinParts(tensor: Tensor, pieces: readonly ArrayBuffer[]): TypedData {
  const make = tensor.dtype === "int32" ? Int32Array : Float32Array;
  const [only] = pieces;
  if (pieces.length === 1 && only) return new make(only);
  const all = new make(tensor.size);
  let offset = 0;
  for (const piece of pieces) {
    all.set(new make(piece), offset);
    offset += piece.byteLength / 4;
  }
  return all;
}

/** Reads rows [start, start + count) of a float32 tensor's first axis; a scalar is one row.
 * @throws ShapeError for rows that it does not have */
export async function readRows(tensor: Tensor, start: number, count: number): Promise<Float32Array> {
  const { shape, storage, engine, size } = tensor;
  const rows = shape[0] ?? 1;
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(count);
  if (!whole || start < 0 || count < 0 || start + count > rows)
    throw new ShapeError(`rows ${start} to ${start + count} of ${showShape(shape)} were asked for; it has ${rows}`);
  const rowElements = size / Math.max(1, rows);
  const [first, end] = [start * rowElements, (start + count) * rowElements];
  const out = new Float32Array(end - first);
  const ranges: BufferRange[] = [];
  for (let at = first; at < end; ) {
    const { partElements, buffers } = storage;
    const offset = at % partElements;
    const elements = Math.min(end - at, partElements - offset);
    const buffer = buffers[Math.floor(at / partElements)];
    if (buffer) ranges.push({ buffer, offset: 4 * offset, size: 4 * elements });
    at += elements;
  }
  if (ranges.length === 0) return out;
  let done = 0;
  for (const piece of await engine.runtime.read(ranges)) {
    out.set(new Float32Array(piece), done);
    done += piece.byteLength / 4;
  }
  return out;
}
