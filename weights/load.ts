import { WeightsFormatError } from "../src/errors.ts";
import { aliasResnet50 } from "../src/nn/applications/resnet50.ts";
import { Model } from "../src/nn/model.ts";
import type { Engine } from "../src/tensor/engine.ts";
import { matchWeights } from "./assign.ts";
import type { ByteSource } from "./byte-source.ts";
import { type KerasFile, openKerasH5, type StoredWeight } from "./keras-h5.ts";
import { readSafetensors, type SafeTensor, type SafeTensors } from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";

export interface LoadOptions {
  /** Called as weights reach the GPU, in bytes of the file. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Weights go to the GPU in pieces of about this size, so that no large layer is ever held twice. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Each write is held in a copy until the GPU has taken it; after this many bytes it is made to. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** Loads a model with its architecture: Keras' whole-model `.h5`, or a safetensors file of ours.
 * The file is told by its first bytes, never by its name.
 * @throws WeightsFormatError, UnsupportedLayerError; nothing stays allocated then */
export async function loadModel(engine: Engine, source: ByteSource, options: LoadOptions = {}): Promise<Model> {
  if (!isHdf5(source) && isSafetensors(source)) return loadSafetensors(engine, source, options);
  const file = await openKerasH5(source);
  try {
    if (file.config === undefined)
      throw new WeightsFormatError(
        `${source.name} holds weights but no architecture. Load it into a named model (vgg16, resnet50), ` +
          "or give the architecture's JSON with it.",
      );
    return await orDispose(Model.fromConfig(engine, file.config), async (model) => {
      await fill(model, file, options);
      aliasResnet50(model);
    });
  } finally {
    file.close();
  }
}

/** Fills a model from a Keras `.h5` file, matching every weight by name and shape.
 * @throws WeightsFormatError listing all that is missing, left over or of another shape */
export async function loadWeights(model: Model, source: ByteSource, options: LoadOptions = {}): Promise<void> {
  const file = await openKerasH5(source);
  try {
    await fill(model, file, options);
  } finally {
    file.close();
  }
}

async function fill(model: Model, file: KerasFile, { onProgress }: LoadOptions): Promise<void> {
  const matches = matchWeights(model.weightSlots(), file, { aliases: model.aliases });
  const total = matches.reduce((sum, { stored }) => sum + stored.sizeBytes, 0);
  let done = 0;
  let waiting = 0;
  for (const { slot, stored } of matches) {
    const tensor = model.weightTensor(slot.layer, slot.name);
    for (const { start, values } of pieces(stored)) {
      model.engine.write(tensor, start, values);
      waiting += values.byteLength;
      if (waiting > MOST_WAITING_BYTES) {
        await model.engine.finish();
        waiting = 0;
      }
      done += (values.length * stored.sizeBytes) / Math.max(1, tensor.size);
      onProgress?.(done, total);
    }
  }
}

/** A stored weight as blocks of rows. */
function* pieces(stored: StoredWeight): Generator<{ start: number; values: Float32Array }> {
  const [rows = 1, ...rest] = stored.shape;
  const rowElements = rest.reduce((product, extent) => product * extent, 1);
  if (stored.shape.length === 0 || rows * rowElements * 4 <= PIECE_BYTES) {
    yield { start: 0, values: stored.read() };
    return;
  }
  const step = Math.max(1, Math.floor(PIECE_BYTES / (4 * rowElements)));
  for (let row = 0; row < rows; row += step)
    yield { start: row * rowElements, values: stored.readRows(row, Math.min(step, rows - row)) };
}

function isHdf5(source: ByteSource): boolean {
  return source.size >= 4 && String.fromCharCode(...source.read(1, 3)) === "HDF";
}

/** A safetensors file begins with the length of a JSON header, then "{". */
function isSafetensors(source: ByteSource): boolean {
  return source.size > 9 && source.read(8, 1)[0] === 0x7b;
}

async function loadSafetensors(engine: Engine, source: ByteSource, { onProgress }: LoadOptions): Promise<Model> {
  const file = readSafetensors(source);
  const { config } = file.metadata;
  if (config === undefined)
    throw new WeightsFormatError(
      `${source.name} is a safetensors file without a "config" entry in its metadata, so its architecture is unknown. ` +
        "Backlight reads the safetensors files that it writes itself, and Keras files.",
    );
  return orDispose(Model.fromConfig(engine, config), (model) => {
    let done = 0;
    for (const { layer, name, shape } of model.weightSlots()) {
      const stored = storedTensor(file, { source, key: `${layer}/${name}`, shape });
      model.setWeight(layer, name, stored.read());
      done += sizeOfStored(stored);
      onProgress?.(done, source.size);
    }
    rejectLeftOver(model, file, source);
    const preprocessing = readPreprocessing(file.metadata.preprocess, source);
    if (preprocessing) model.preprocessing = preprocessing;
  });
}

function readPreprocessing(
  text: string | undefined,
  source: ByteSource,
): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  const value = parseStrictJson(text, `${source.name}: metadata "preprocess"`);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WeightsFormatError(`${source.name}: metadata "preprocess" is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

const sizeOfStored = ({ dtype, shape }: SafeTensor) =>
  shape.reduce((product, extent) => product * extent, dtype.endsWith("16") ? 2 : 4);

function storedTensor(
  file: SafeTensors,
  wanted: { source: ByteSource; key: string; shape: readonly number[] },
): SafeTensor {
  const { source, key, shape } = wanted;
  const found = file.tensors.get(key);
  if (!found) throw new WeightsFormatError(`${source.name}: no tensor "${key}", which the architecture wants`);
  if (found.shape.join() !== shape.join())
    throw new WeightsFormatError(
      `${source.name}: tensor "${key}" is [${found.shape}] but the architecture wants [${shape}]`,
    );
  return found;
}

function rejectLeftOver(model: Model, file: SafeTensors, source: ByteSource): void {
  const wanted = new Set(model.weightSlots().map(({ layer, name }) => `${layer}/${name}`));
  const extra = [...file.tensors.keys()].filter((key) => !wanted.has(key));
  if (extra.length > 0)
    throw new WeightsFormatError(`${source.name}: tensors that no layer wants: ${extra.slice(0, 20).join(", ")}`);
}

async function orDispose(model: Model, body: (model: Model) => Promise<void> | void): Promise<Model> {
  try {
    await body(model);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
