import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import { aliasResnet50 } from "../src/nn/applications/resnet50.ts";
import type { CustomLayers } from "../src/nn/custom-layer.ts";
import { Model, type ModelPreprocessing } from "../src/nn/model.ts";
import type { Engine } from "../src/tensor/engine.ts";
import { imagenetNames } from "./imagenet.ts";
import { modernise } from "./keras1-weights.ts";
import { matchFile } from "./match-file.ts";
import type { ModelFile, StoredWeight } from "./model-file.ts";
import { backendOf, inFile, isTheano, openModelParts, openWeights } from "./model-parts.ts";
import { type ModelSource, openSource } from "./model-source.ts";
import { elementCount } from "./number-format.ts";
import { parseStrictJson } from "./strict-json.ts";

/** How weights are read. */
export interface LoadOptions {
  /** Called as weights reach the GPU, in bytes of the file. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Ends the loading: a fetch at once, else before the next piece of the weights, between which the event loop then gets
   * its turns. The promise is rejected with the signal's reason, and nothing stays allocated. */
  signal?: AbortSignal | undefined;
  /** For a file of Keras 1 (or Theano) that does not name its backend: whether that was Theano, whose kernels are turned
   * by 180 degrees. Without it TensorFlow is assumed, and the model's `notes` say so. */
  theano?: boolean;
}

/** How a model is read, and what its file does not say. */
export interface LoadModelOptions extends LoadOptions {
  /** Where the weights are, if the model's own file is an architecture (JSON or YAML text), or others are wanted. */
  weights?: ModelSource;
  /** What the layers compute that are not Keras' own, by class or by the layer's name. */
  layers?: CustomLayers;
}

/** Weights go to the GPU in pieces of about this size, so that no large layer is ever held twice. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Each write is held in a copy until the GPU has taken it; after this many bytes it is made to. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

/** So long a page may stand still while it loads. */
const LONGEST_TURN_MS = 30;

/** Loads a model with its architecture: Keras' `.keras` and whole-model `.h5`, TensorFlow.js' model.json, a safetensors
 * file of ours, or an architecture's JSON or YAML with `weights` beside it. What a file is, its content tells, never its
 * name. A source of one's own is closed when done.
 * @throws WeightsFormatError, UnsupportedLayerError, ShapeError; BacklightError for a server that refuses. Nothing stays
 *   allocated then, nor after an end by `signal`, whose reason is then thrown */
export async function loadModel(engine: Engine, source: ModelSource, options: LoadModelOptions = {}): Promise<Model> {
  return await endedBy(options.signal, () => load(engine, source, options));
}

async function load(engine: Engine, source: ModelSource, options: LoadModelOptions): Promise<Model> {
  const { name, config, file } = await openModelParts(source, options.weights, options.signal);
  try {
    options.signal?.throwIfAborted();
    if (config === undefined) throw withoutArchitecture(file);
    const theano = isTheano({ config, file }, options);
    return await orDispose(
      inFile(name, () => Model.fromConfig(engine, config, { theano, layers: options.layers ?? {} })),
      async (model) => {
        compileMeanwhile(model);
        aliasResnet50(model);
        await fill(model, { file, config }, options);
        const preprocessing = readPreprocessing(file);
        if (preprocessing !== undefined) model.preprocessing = preprocessing;
        const classNames = readClassNames(file);
        if (classNames) model.classNames = classNames;
      },
    );
  } finally {
    file.close();
  }
}

function withoutArchitecture({ name, format }: ModelFile): WeightsFormatError {
  if (format === "safetensors")
    return new WeightsFormatError(
      `${name} is a safetensors file without a "config" entry in its metadata, so its architecture is unknown. ` +
        "Backlight reads the safetensors files that it writes itself, and Keras files.",
    );
  return new WeightsFormatError(
    `${name} holds weights but no architecture. Load it into a named model (vgg16, resnet50), ` +
      "or give the architecture's JSON with it.",
  );
}

/** Fills a model from a weights file of any kind, matching every weight by its layer, its place in it, and shape.
 * @throws WeightsFormatError listing all that is missing, left over or of another shape; the reason of `signal`, after which
 *   some weights are the file's and others are what they were */
export async function loadWeights(model: Model, source: ModelSource, options: LoadOptions = {}): Promise<void> {
  await endedBy(options.signal, async () => {
    const opening = openSource(source, options.signal).then(openWeights);
    compileMeanwhile(model);
    const file = await opening;
    try {
      await fill(model, { file, config: model.config }, options);
    } finally {
      file.close();
    }
  });
}

/** Whatever fails once the signal is aborted, a fetch or a shard, failed for the signal's reason. */
async function endedBy<T>(signal: AbortSignal | undefined, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** The driver compiles while the file is read. What is wrong with a forward pass, the pass itself will say: a model that
 * cannot run may still be loaded, looked at and converted. */
function compileMeanwhile(model: Model): void {
  try {
    model.compileAhead();
  } catch (error) {
    if (!(error instanceof BacklightError)) throw error;
  }
}

interface Origin {
  readonly file: ModelFile;
  /** The model's own. */
  readonly config: unknown;
}

async function fill(model: Model, origin: Origin, options: LoadOptions): Promise<void> {
  const { aliases, layers } = model;
  const modern = modernise(origin.file, layers, { ...options, backend: backendOf(origin.config), aliases });
  model.notes.push(...modern.notes);
  const pairs = matchFile(modern.file, { slots: model.weightSlots(), config: origin.config, aliases });
  const total = pairs.reduce((sum, { stored }) => sum + stored.sizeBytes, 0);
  let done = 0;
  let waiting = 0;
  let taken: Promise<void> | undefined;
  const scratch = new Float32Array(PIECE_BYTES / 4);
  const turns = options.signal && new Turns(options.signal);
  for (const { slot, stored } of pairs) {
    const tensor = model.weightTensor(slot.layer, slot.name);
    for (const { start, values } of pieces(stored, scratch)) {
      if (turns) await turns.next();
      model.engine.write(tensor, start, values);
      waiting += values.byteLength;
      if (waiting > MOST_WAITING_BYTES) {
        // what comes next is read while the GPU takes what was written
        await taken;
        taken = model.engine.finish();
        taken.catch(() => {}); // its failure is met at the next wait, unless another comes first
        waiting = 0;
      }
      done += (values.length * stored.sizeBytes) / Math.max(1, tensor.size);
      options.onProgress?.(done, total);
    }
  }
  await taken;
}

/** Lets the event loop turn where the last time is long ago: only so can a signal come. */
class Turns {
  readonly #signal: AbortSignal;
  #last = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws the signal's reason */
  async next(): Promise<void> {
    if (performance.now() - this.#last > LONGEST_TURN_MS) {
      await new Promise((done) => setTimeout(done));
      this.#last = performance.now();
    }
    this.#signal.throwIfAborted();
  }
}

/** A stored weight as blocks of rows; each may stand in `scratch`, and is to be used before the next is asked for. */
function* pieces(stored: StoredWeight, scratch: Float32Array): Generator<{ start: number; values: Float32Array }> {
  const [rows = 1, ...rest] = stored.shape;
  const rowElements = elementCount(rest);
  const read = (row: number, count: number): Float32Array => {
    const size = count * rowElements;
    if (!stored.readRowsInto || size > scratch.length) return stored.readRows(row, count);
    const values = scratch.subarray(0, size);
    stored.readRowsInto(row, values);
    return values;
  };
  const fits = rows * rowElements * 4 <= PIECE_BYTES;
  if (stored.shape.length === 0 || rows * rowElements === 0 || (fits && !stored.readRowsInto)) {
    yield { start: 0, values: stored.read() };
    return;
  }
  const step = Math.max(1, Math.floor(PIECE_BYTES / (4 * rowElements)));
  for (let row = 0; row < rows; row += step)
    yield { start: row * rowElements, values: read(row, Math.min(step, rows - row)) };
}

function readPreprocessing({ name, metadata }: ModelFile): ModelPreprocessing | undefined {
  const text = metadata?.preprocess;
  if (text === undefined) return undefined;
  const value = parseStrictJson(text, `${name}: metadata "preprocess"`);
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WeightsFormatError(`${name}: metadata "preprocess" is neither a name nor a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

/** A list of names, or the name of one that is known. */
function readClassNames({ name, metadata }: ModelFile): readonly string[] | undefined {
  const text = metadata?.classes;
  if (text === "imagenet-1k") return imagenetNames();
  if (text === undefined || !text.startsWith("[")) return undefined;
  const value = parseStrictJson(text, `${name}: metadata "classes"`);
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new WeightsFormatError(`${name}: metadata "classes" is no list of names`);
}

/** The model as `body` leaves it; if that fails, the model is freed. */
export async function orDispose(model: Model, body: (model: Model) => Promise<void> | void): Promise<Model> {
  try {
    await body(model);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
