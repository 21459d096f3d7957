import { crc32 } from "../src/bytes.ts";
import { WeightsFormatError } from "../src/errors.ts";
import type { Model, WeightSlot } from "../src/nn/model.ts";
import { isObject, property, showJson } from "../src/nn/untrusted.ts";
import type { Snapshot } from "../src/train/fit.ts";
import type { SavedWeight } from "../src/train/trainer.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";
import { type Progress, progressOf, readProgress } from "./checkpoint-progress.ts";
import { elementCount, showShape } from "./number-format.ts";
import { readSafetensors } from "./safetensors.ts";
import { safetensorsHead } from "./safetensors-write.ts";
import { parseStrictJson } from "./strict-json.ts";

/** A run of training that can be taken up again, as a file holds it. */
export interface Checkpoint {
  readonly snapshot: Snapshot;
  /** Keras' config of the model, parsed. */
  readonly config: unknown;
  /** What the run was started with, in the words of whoever started it: anything that JSON can say. */
  readonly settings: unknown;
}

const format = "backlight-checkpoint";
/** Of the layout below; a reader that knows only an older one would miss something. */
const layoutVersion = "1";

/** The three kinds of tensors: all weights of the model, the optimiser's arrays, and the weights of the best epoch. */
const prefixes = { weight: "weight/", slot: "slot/", best: "best/" } as const;

/** Writes a checkpoint as one safetensors file: arrays as they are, bit for bit, everything else as JSON in the metadata.
 * @param sink gets the file's bytes in order
 * @throws WeightsFormatError for two weights of one name; what the sink throws */
export async function writeCheckpoint({ snapshot, config, settings }: Checkpoint, sink: ByteSink): Promise<void> {
  const { trainer, best } = snapshot;
  const tensors = [
    ...trainer.weights.map((weight): Named => [prefixes.weight + keyOf(weight), weight.values]),
    ...Object.entries(trainer.optimizer.slots).map(([key, values]): Named => [prefixes.slot + key, values]),
    ...(best?.weights ?? []).map((weight): Named => [prefixes.best + keyOf(weight), weight.values]),
  ];
  const texts = {
    architecture: JSON.stringify(config),
    settings: JSON.stringify(settings),
    progress: progressOf(snapshot),
  };
  const sums = [...textSums(texts), ...tensors.map(([name, values]) => [name, crc32(bytesOf(values))])];
  const metadata = { format, version: layoutVersion, ...texts, crc32: JSON.stringify(Object.fromEntries(sums)) };
  const specs = tensors.map(([name, { length }]) => ({ name, shape: [length], dtype: "F32" as const }));
  await sink.write(safetensorsHead(specs, metadata).head);
  for (const [, values] of tensors) await sink.write(bytesOf(values));
}

const textKeys = ["architecture", "settings", "progress"] as const;

function textSums(texts: Readonly<Record<string, string>>): [name: string, sum: number][] {
  return textKeys.map((key) => [key, crc32(new TextEncoder().encode(texts[key] ?? ""))]);
}

type Named = readonly [name: string, values: Float32Array];

function keyOf({ layer, name }: { readonly layer: string; readonly name: string }): string {
  return `${layer}/${name}`;
}

/** Reads a checkpoint; the source stays the caller's.
 * @throws WeightsFormatError for another kind of file, and for one that is damaged anywhere */
export function readCheckpoint(source: ByteSource): Checkpoint {
  const { name } = source;
  const { metadata, tensors } = readSafetensors(source);
  checkFormat(name, metadata);
  const told = (key: string) => parseStrictJson(metadata[key] ?? "", `${name}: metadata "${key}"`);
  const arrays = new Map([...tensors].map(([key, tensor]) => [key, tensor.read()]));
  checkSums(name, { metadata, arrays, sums: told("crc32") });
  const progress = readProgress(told("progress"), name);
  return { config: told("architecture"), settings: told("settings"), snapshot: snapshotOf(progress, arrays) };
}

function checkFormat(file: string, metadata: Readonly<Record<string, string>>): void {
  if (metadata.format !== format)
    throw new WeightsFormatError(
      `${file} is no checkpoint: it is a safetensors file of the format ${JSON.stringify(metadata.format ?? "unknown")}. ` +
        "Training is taken up from a checkpoint, not from a model.",
    );
  if (metadata.version !== layoutVersion)
    throw new WeightsFormatError(
      `${file} is a checkpoint of layout ${metadata.version}; this Backlight reads layout ${layoutVersion}.`,
    );
}

interface Summed {
  readonly metadata: Readonly<Record<string, string>>;
  readonly arrays: ReadonlyMap<string, Float32Array>;
  readonly sums: unknown;
}

/** Values have no redundancy of their own: one flipped bit would train on unnoticed. */
function checkSums(file: string, { metadata, arrays, sums }: Summed): void {
  const wanted = isObject(sums) ? sums : {};
  const own = [...textSums(metadata), ...[...arrays].map(([name, values]) => [name, crc32(bytesOf(values))] as const)];
  const wrong = own.find(([name, sum]) => property(wanted, name) !== sum)?.[0];
  if (wrong === undefined && own.length === Object.keys(wanted).length) return;
  throw new WeightsFormatError(
    `${file} is damaged: ${wrong === undefined ? "an array is missing" : `"${wrong}" does not have the checksum that was written`}. ` +
      "Take another copy, or begin again.",
  );
}

function snapshotOf({ trainer, best, ...rest }: Progress, arrays: ReadonlyMap<string, Float32Array>): Snapshot {
  const named = (prefix: string) =>
    [...arrays]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [name.slice(prefix.length), values] as const);
  const weights = (prefix: string) =>
    named(prefix).map(([key, values]): SavedWeight => {
      const split = key.lastIndexOf("/");
      return { layer: key.slice(0, split), name: key.slice(split + 1), values };
    });
  const slots = Object.fromEntries(named(prefixes.slot));
  return {
    ...rest,
    trainer: { ...trainer, weights: weights(prefixes.weight), optimizer: { ...trainer.optimizer, slots } },
    ...(best ? { best: { ...best, weights: weights(prefixes.best) } } : {}),
  };
}

/** Compares a checkpoint with the model that is to be trained on.
 * @param file what messages call the checkpoint
 * @throws WeightsFormatError unless it is one of the same architecture */
export function assertSameModel(
  { config, snapshot }: Pick<Checkpoint, "config" | "snapshot">,
  model: Pick<Model, "name" | "config" | "weightSlots">,
  file: string,
): void {
  const { weights } = snapshot.trainer;
  const slots = model.weightSlots();
  const other = slots.find((slot, i) => !isFor(weights[i], slot));
  const best = snapshot.best?.weights ?? weights;
  const same = !other && weights.length === slots.length && slots.every((slot, i) => isFor(best[i], slot));
  if (same && JSON.stringify(config) === JSON.stringify(model.config)) return;
  throw new WeightsFormatError(
    `${file} is of another architecture: that of ${nameOf(config)}, whose ${weights.length} weights ` +
      `are not those of "${model.name}"` +
      (other ? `, which has ${keyOf(other)} ${showShape(other.shape)}` : ", or its layers have other options") +
      ". Go on with the model that the run began with.",
  );
}

function isFor(weight: SavedWeight | undefined, { layer, name, shape }: WeightSlot): boolean {
  return weight?.layer === layer && weight.name === name && weight.values.length === elementCount(shape);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function nameOf(config: unknown): string {
  const body = isObject(config) ? property(config, "config") : undefined;
  return showJson(isObject(body) ? property(body, "name") : undefined);
}
