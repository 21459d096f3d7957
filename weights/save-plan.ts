import { WeightsFormatError } from "../src/errors.ts";
import type { Layer } from "../src/nn/graph.ts";
import type { WeightSlot } from "../src/nn/model.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { Hdf5Number } from "./hdf5-message.ts";
import { elementCount, floatToHalf } from "./number-format.ts";

/** A weight that is to be saved. */
export interface SavedSlot extends WeightSlot {
  /** Whether Keras would train it: older files keep the others behind. */
  readonly trainable: boolean;
}

/** A model as it is saved: from the GPU, or from another file. */
export interface SaveSource {
  /** Keras' config, parsed. */
  readonly config: unknown;
  /** In Keras' order. */
  readonly slots: readonly SavedSlot[];
  /** What else a safetensors file shall say. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Rows [start, start + count) of the first axis; a scalar is one row. The array is the caller's. */
  readRows(slot: SavedSlot, start: number, count: number): Float32Array | Promise<Float32Array>;
}

/** Where everything stands in a file that is about to be written. */
export interface SavePlan {
  readonly sizeBytes: number;
  /** All that comes before the values. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** In the order of their values. */
  readonly values: readonly PlannedValues[];
}

export interface PlannedValues {
  readonly slot: SavedSlot;
  readonly dtype: Hdf5Number;
  /** In bytes, from the file's beginning. */
  readonly offset: number;
}

/** Keras' order of all weights of these layers. */
export function slotsOf(layers: readonly Layer[]): SavedSlot[] {
  return layers.flatMap((layer) =>
    layer.weights.map(({ name, shape, trainable }) => ({ layer: layer.name, name, shape: [...shape], trainable })),
  );
}

/** How a weight is stored: a Normalization layer's count of images is a whole number, which float16 would not hold. */
export function storedAs({ name, shape }: SavedSlot, dtype: "f16" | "f32", whole: "i64" | "f32"): Hdf5Number {
  return name === "count" && shape.length === 0 ? whole : dtype;
}

/** Values are read and written in pieces of about this size. */
const pieceBytes = 4 * 1024 * 1024;

/** Writes a file, piece by piece.
 * @throws WeightsFormatError for a value that float16 cannot hold */
export async function writePlan(
  plan: SavePlan,
  { source, sink, onProgress }: { source: SaveSource; sink: ByteSink; onProgress?: SaveProgress | undefined },
): Promise<void> {
  let at = 0;
  const put = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    at += bytes.length;
    await sink.write(bytes);
    onProgress?.(at, plan.sizeBytes);
  };
  await put(plan.head);
  for (const { slot, dtype, offset } of plan.values) {
    if (offset > at) await put(new Uint8Array(offset - at));
    const rows = slot.shape[0] ?? 1;
    const rowElements = elementCount(slot.shape.slice(1));
    const step = Math.max(1, Math.floor(pieceBytes / (4 * Math.max(1, rowElements))));
    for (let row = 0; row < rows; row += step) {
      const values = await source.readRows(slot, row, Math.min(step, rows - row));
      await put(encode(values, dtype, slot));
    }
  }
  if (plan.sizeBytes > at) await put(new Uint8Array(plan.sizeBytes - at));
}

/** Called as bytes are written. */
export type SaveProgress = (doneBytes: number, totalBytes: number) => void;

function encode(values: Float32Array, dtype: Hdf5Number, slot: SavedSlot): Uint8Array<ArrayBuffer> {
  if (dtype === "f16") return bytesOf(toHalf(values, slot));
  if (dtype === "i64") return bytesOf(BigInt64Array.from(values, (value) => BigInt(Math.round(value))));
  return bytesOf(values as Float32Array<ArrayBuffer>);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const halfInfinity = 0x7c00;

/** Nearest, ties to even, as NumPy rounds. */
function toHalf(values: Float32Array, { layer, name }: SavedSlot): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (const [i, value] of values.entries()) {
    const half = floatToHalf(value);
    if ((half & 0x7fff) === halfInfinity && Number.isFinite(value))
      throw new WeightsFormatError(
        `${name} of layer "${layer}" holds ${value}, and float16 ends at 65504: save this model in float32.`,
      );
    out[i] = half;
  }
  return out;
}
