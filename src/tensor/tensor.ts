import { DisposedError, OutOfMemoryError, ShapeError } from "../errors.ts";
import type { BufferRange } from "../kernels/runtime.ts";
import type { Engine } from "./engine.ts";
import { type Shape, showShape, sizeOf } from "./shape.ts";

/** Type of a tensor's elements, 4 bytes each. */
export type DType = "float32" | "int32";
/** Elements of a tensor on the CPU, row-major. */
export type TypedData = Float32Array | Int32Array;

/** GPU buffers that hold one row-major array. An array over the device's binding limit is cut, between rows of
 * its first axis, into several buffers of `partElements` elements (the last may be shorter). */
export class Storage {
  readonly buffers: readonly GPUBuffer[];
  readonly size: number;
  readonly partElements: number;
  #engine: Engine;
  #users = 1;

  constructor(engine: Engine, shape: Shape, idle: boolean) {
    this.#engine = engine;
    this.size = sizeOf(shape);
    this.partElements = partElements(shape, engine.maxBindingBytes);
    const parts = Math.max(1, Math.ceil(this.size / this.partElements));
    this.buffers = Array.from({ length: parts }, (_, i) =>
      engine.pool.take(4 * Math.max(1, Math.min(this.partElements, this.size - i * this.partElements)), idle),
    );
  }

  share(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    if (this.#users === 0) for (const buffer of this.buffers) this.#engine.pool.give(buffer);
  }
}

/** Whole rows per buffer, a power of two of them so that the cuts of two tensors with the same rows nest. */
function partElements(shape: Shape, maxBytes: number): number {
  const size = sizeOf(shape);
  if (4 * size <= maxBytes) return Math.max(1, size);
  const rowElements = size / (shape[0] ?? 1);
  const rows = 2 ** Math.floor(Math.log2(maxBytes / (4 * rowElements)));
  if (rows < 1)
    throw new OutOfMemoryError(
      `one row of shape ${showShape(shape)} takes ${4 * rowElements} bytes, this device binds at most ${maxBytes}. ` +
        "Use smaller images, or a device with a larger maxStorageBufferBindingSize.",
    );
  return rows * rowElements;
}

let nextId = 1;

/** An immutable array on the GPU, row-major; activations are NHWC, float32. */
export class Tensor {
  readonly id = nextId++;
  readonly engine: Engine;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
  readonly #storage: Storage;
  #disposed = false;

  constructor(engine: Engine, shape: Shape, options: { dtype?: DType; storage?: Storage; idle?: boolean } = {}) {
    this.engine = engine;
    this.shape = [...shape];
    this.dtype = options.dtype ?? "float32";
    this.size = sizeOf(shape);
    this.#storage = options.storage ?? new Storage(engine, shape, options.idle ?? false);
    engine.adopt(this);
  }

  /** @throws DisposedError once the tensor is disposed */
  get storage(): Storage {
    if (this.#disposed)
      throw new DisposedError(`tensor ${showShape(this.shape)} was disposed: keep it with scope()'s return value`);
    return this.#storage;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Elements of one row of the first axis. */
  get rowElements(): number {
    const rows = this.shape[0] ?? 1;
    return rows === 0 ? 0 : this.size / rows;
  }

  /** The whole tensor as one binding.
   * @throws ShapeError if it is held in several buffers */
  get range(): BufferRange {
    const { buffers } = this.storage;
    const [buffer] = buffers;
    if (buffers.length !== 1 || !buffer)
      throw new ShapeError(
        `tensor ${showShape(this.shape)} is larger than one binding of this device; this operation cannot split it`,
      );
    // an empty tensor still binds one element of any type
    return { buffer, offset: 0, size: Math.max(16, 4 * this.size) };
  }

  /** The same elements under another shape; no copy.
   * @throws ShapeError if the number of elements differs, or a tensor held in several buffers would be cut inside a row */
  withShape(shape: Shape): Tensor {
    if (sizeOf(shape) !== this.size)
      throw new ShapeError(
        `reshape: ${showShape(this.shape)} has ${this.size} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    const { dtype, storage } = this;
    const rows = shape[0] ?? 1;
    if (storage.buffers.length > 1 && storage.partElements % (this.size / rows) !== 0)
      throw new ShapeError(
        `reshape: ${showShape(this.shape)} is held in several buffers; ${showShape(shape)} would cut a row`,
      );
    return new Tensor(this.engine, shape, { dtype, storage: storage.share() });
  }

  /** Reads the values back; one submission, one map. See Engine.read for several at once. */
  async read(): Promise<TypedData> {
    const [data] = await this.engine.read([this]);
    if (!data) throw new DisposedError("nothing was read");
    return data;
  }

  /** Gives the memory back, once no view of it is left. Twice does no harm. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.engine.forget(this);
    this.#storage.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
