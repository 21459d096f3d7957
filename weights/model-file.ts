/** One array of a weights file; nothing is read until `read` or `readRows` is called. */
export interface StoredWeight {
  readonly layer: string;
  /** The full name as stored, for instance `conv1_conv/kernel:0`, `block1_conv1_W_1:0` or `vars/0`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Size as stored and unpacked. */
  readonly sizeBytes: number;
  /** The values as float32, in TensorFlow's layout and C order. */
  read(): Float32Array;
  /** Rows [start, start + count) along the first axis. */
  readRows(start: number, count: number): Float32Array;
  /** Fills `target` with rows from `start` on: what `readRows` does, without a new array. Whoever wraps a weight and
   * changes its values must leave this out. */
  readRowsInto?(start: number, target: Float32Array): void;
}

export interface StoredLayer {
  /** The layer's name; in a file of naming "class" the path of its group, such as `layers/conv2d_1`. */
  readonly name: string;
  /** In a file of naming "class", what the layer was called when it was saved, nested models before it
   * (`features/conv1`), as far as the file says. */
  readonly ownName?: string;
  readonly weights: readonly StoredWeight[];
}

/** The one thing that every reader of a model or weights file gives. */
export interface ModelFile {
  /** For messages. */
  readonly name: string;
  /** "keras-h5", "keras-nb-layers-h5" (before Keras 1), "keras", "keras-weights-h5", "tfjs" or "safetensors". */
  readonly format: string;
  /** Keras' model config (parsed JSON), when the file has one. */
  readonly config?: unknown;
  readonly kerasVersion?: string;
  readonly backend?: string;
  /** In the file's own order, layers without weights included where the file lists them. */
  readonly layers: readonly StoredLayer[];
  /** "layer": layers go by the model's own names. "class": Keras 3, which names a group by the layer's class and its
   * number among the layers of that class. */
  readonly naming: "layer" | "class";
  /** What else a safetensors file says of itself. */
  readonly metadata?: Readonly<Record<string, string>>;
  close(): void;
}
