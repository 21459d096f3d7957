import type { Engine } from "../../tensor/engine.ts";
import { copyElements } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A stretch of all parameters laid end to end, small enough to be bound at once. Its arrays have `n` elements, a multiple
 * of 4; what lies behind the last parameter stays 0 as long as gradients are finite. */
export interface Segment {
  readonly n: number;
  /** Gradients; their sum, while they are accumulated. */
  readonly dw: Tensor;
  /** Parameters during an update; between updates, room to work in. */
  readonly w: Tensor;
  /** The optimiser's own arrays of `n` elements, one after another. */
  readonly slots: Tensor;
}

/** Elements [from, from + count) of one parameter, and where in a segment they stand. */
interface Piece {
  readonly parameter: number;
  readonly from: number;
  readonly count: number;
  readonly segment: Segment;
  readonly at: number;
}

/** Parameters laid end to end and cut into segments, so that one dispatch serves many of them. */
export class FlatSegments {
  readonly segments: readonly Segment[];
  readonly #engine: Engine;
  readonly #slotCount: number;
  readonly #pieces: readonly Piece[];

  constructor(engine: Engine, parameters: readonly Tensor[], slotCount: number) {
    this.#engine = engine;
    this.#slotCount = slotCount;
    const sizes = parameters.map(({ size }) => size);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const most = Math.floor(engine.maxBindingBytes / 16 / Math.max(1, slotCount)) * 4;
    const segments: Segment[] = [];
    for (let start = 0; start < total; start += most) segments.push(this.#segment(Math.min(most, total - start)));
    this.segments = segments;
    this.#pieces = piecesOf(sizes, { segments, most });
  }

  /** Encodes copies of the tensors, one per parameter, into the segments. */
  gather(tensors: readonly Tensor[], into: "dw" | "w"): void {
    for (const { parameter, from, count, segment, at } of this.#pieces) {
      const tensor = tensors[parameter];
      if (tensor) copyElements(tensor, { to: segment[into], at, from, count });
    }
  }

  /** Encodes copies of the segments' parameters into the tensors, one per parameter. */
  scatter(tensors: readonly Tensor[]): void {
    for (const { parameter, from, count, segment, at } of this.#pieces) {
      const tensor = tensors[parameter];
      if (tensor) copyElements(segment.w, { to: tensor, at: from, from: at, count });
    }
  }

  /** The slots as they are now, whatever is encoded while they are read.
   * @param fill gets what slot `slot` has for elements of a parameter, from flat index `from` on */
  async readSlots(fill: (values: Float32Array, at: { slot: number; parameter: number; from: number }) => void) {
    // all copies are encoded before the first is waited for; one staging buffer each, since together they may be too large
    const reads = await Promise.all(this.segments.map(async ({ slots }) => this.#engine.read([slots])));
    for (const { parameter, from, count, segment, at } of this.#pieces) {
      const [values] = reads[this.segments.indexOf(segment)] ?? [];
      for (let slot = 0; slot < this.#slotCount; slot++) {
        const start = slot * segment.n + at;
        fill(values?.subarray(start, start + count) as Float32Array, { slot, parameter, from });
      }
    }
  }

  /** Overwrites all slots and forgets the rest.
   * @param valuesOf what slot `slot` has for a parameter */
  writeSlots(valuesOf: (slot: number, parameter: number) => Float32Array): void {
    for (const { dw, w, slots } of this.segments)
      for (const { range } of [dw, w, slots]) this.#engine.runtime.clear(range);
    // writes overtake what is only encoded
    this.#engine.runtime.flush();
    for (const { parameter, from, count, segment, at } of this.#pieces)
      for (let slot = 0; slot < this.#slotCount; slot++) {
        const values = valuesOf(slot, parameter).subarray(from, from + count);
        this.#engine.write(segment.slots, slot * segment.n + at, values);
      }
  }

  dispose(): void {
    for (const { dw, w, slots } of this.segments) for (const tensor of [dw, w, slots]) tensor.dispose();
  }

  #segment(count: number): Segment {
    const n = 4 * Math.ceil(count / 4);
    const zeros = (size: number) => this.#engine.keep(this.#engine.zeros([size]));
    // a binding must not be empty
    return { n, dw: zeros(n), w: zeros(n), slots: zeros(Math.max(4, this.#slotCount * n)) };
  }
}

function piecesOf(
  sizes: readonly number[],
  { segments, most }: { segments: readonly Segment[]; most: number },
): Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  for (const [parameter, size] of sizes.entries())
    for (let from = 0; from < size; ) {
      const at = place % most;
      const segment = segments[Math.floor(place / most)];
      const count = Math.min(size - from, most - at);
      if (segment) pieces.push({ parameter, from, count, segment, at });
      from += count;
      place += count;
    }
  return pieces;
}
