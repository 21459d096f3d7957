import type { BufferRange } from "../kernels/runtime.ts";
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
