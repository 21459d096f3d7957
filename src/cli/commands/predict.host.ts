import { existsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { resolveModel } from "../../../weights/resolve.host.ts";
import {
  BacklightError,
  type Model,
  npyToFloat32,
  readNpy,
  ShapeError,
  type TypedData,
  writeNpy,
} from "../../index.ts";
import { classTitle } from "../class-names.ts";
import { openEngine } from "../engine.host.ts";
import { OutputFolder, readWhole } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";

interface Prepared {
  readonly values: Float32Array;
  readonly shape: readonly number[];
  readonly assumptions?: readonly string[];
}

/** `backlight predict MODEL INPUT` */
export async function runPredict(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [name = "", inputPath = ""] = options.args;
  const top = options.whole("top", 1) ?? 5;
  const out = options.get("out");
  if (out !== undefined) checkFileName(out);
  const bytes = readWhole(inputPath, "the input");
  const prepare = isNpy(bytes) ? arrayInput(bytes, inputPath) : await pictureInput(bytes, inputPath, options);
  const folder = out === undefined ? undefined : new OutputFolder(dirname(out));
  try {
    const { model, y } = await compute({ name, prepare, options, terminal });
    if (folder && out !== undefined) {
      folder.write(basename(out), writeNpy(Float32Array.from(y.values), y.shape));
      folder.commit();
      terminal.say(`Wrote ${out}: float32 [${y.shape.join(", ")}].`);
    }
    show({ model, y, top, terminal, layer: options.get("layer") });
    return exitCodes.ok;
  } catch (error) {
    folder?.discard();
    throw error;
  }
}

/** @throws BacklightError for a folder, which would be noticed only after all the work */
function checkFileName(path: string): void {
  const isFolder = /[/\\]$/.test(path) || (existsSync(path) && statSync(path).isDirectory());
  if (isFolder) throw new BacklightError(`--out ${path} is a folder: give the name of a file, such as y.npy.`);
}

interface Output {
  readonly values: TypedData;
  readonly shape: readonly number[];
}

async function compute(o: {
  name: string;
  prepare: (model: Model) => Prepared;
  options: ParsedOptions;
  terminal: Terminal;
}): Promise<{ model: Pick<Model, "name" | "classNames">; y: Output }> {
  const engine = await openEngine(o.terminal);
  try {
    const onProgress = (done: number, total: number) => o.terminal.progress("loading weights", done, total);
    const model = await resolveModel(engine, { model: o.name, weights: o.options.get("weights"), onProgress });
    const upTo = o.options.get("layer");
    const { values, shape, assumptions = [] } = o.prepare(model);
    const y = model.forward(engine.tensor(values, shape), upTo === undefined ? {} : { upTo });
    const result = { model, y: { values: await y.read(), shape: y.shape } };
    for (const assumption of assumptions) o.terminal.note(assumption);
    return result;
  } finally {
    engine.dispose();
  }
}

function isNpy(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY";
}

function arrayInput(bytes: Uint8Array, path: string): (model: Model) => Prepared {
  const array = readNpy(bytes, path);
  const values = npyToFloat32(array);
  return ({ inputShape, name }) => {
    const { shape } = array;
    if (shape.length === inputShape.length) return { values, shape };
    if (shape.length === inputShape.length - 1) return { values, shape: [1, ...shape] };
    const wanted = inputShape.map((extent) => extent ?? "any").join(", ");
    throw new ShapeError(`${path} has the shape [${shape.join(", ")}], but model "${name}" takes [${wanted}].`);
  };
}

async function pictureInput(
  bytes: Uint8Array,
  path: string,
  options: ParsedOptions,
): Promise<(model: Model) => Prepared> {
  const image = await decodeFile(bytes, path, { orient: options.has("orient") });
  return (model) =>
    imageInput(model, image, { preprocess: options.get("preprocess"), interpolation: options.get("interpolation") });
}

interface Shown {
  readonly model: Pick<Model, "name" | "classNames">;
  readonly y: Output;
  readonly top: number;
  readonly terminal: Terminal;
  readonly layer: string | undefined;
}

function show({ model, y, top, terminal, layer }: Shown): void {
  const { values, shape } = y;
  const classes = shape.at(-1) ?? 1;
  const isScores = layer === undefined && shape.length === 2;
  const rows = isScores
    ? Array.from({ length: shape[0] ?? 0 }, (_, n) => best(values.subarray(n * classes, (n + 1) * classes), top))
    : [];
  for (const [n, row] of rows.entries()) {
    if (rows.length > 1) terminal.say(`input ${n}:`);
    for (const { index, value } of row)
      terminal.say(`${value.toFixed(6).padStart(12)}  ${classTitle(index, model.classNames?.[index])}`);
  }
  const { min, max, mean } = statistics(values);
  const what = layer === undefined ? "output" : `layer "${layer}"`;
  terminal.say(`${what}: [${shape.join(", ")}], from ${min} to ${max}, mean ${mean}`);
  const named = rows.map((row) => row.map((one) => ({ ...one, label: model.classNames?.[one.index] })));
  terminal.result({ model: model.name, layer, shape, min, max, mean, ...(isScores ? { top: named } : {}) });
}

function best(scores: TypedData, count: number): { index: number; value: number }[] {
  const all = Array.from(scores, (value, index) => ({ index, value }));
  return all.sort((a, b) => b.value - a.value || a.index - b.index).slice(0, count);
}

function statistics(values: TypedData): { min: number; max: number; mean: number } {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / Math.max(1, values.length) };
}
