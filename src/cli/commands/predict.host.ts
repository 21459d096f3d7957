import { basename, dirname } from "node:path";
import { BacklightError, type Model, readNpy, ShapeError, type Tensor, writeNpy } from "../../index.ts";
import { arrayInput, type NamedArray, readInKerasOrder, writeNpz } from "../arrays.ts";
import { classTitle } from "../class-names.ts";
import { openEngine } from "../engine.host.ts";
import { isFolder, readWhole, writeFolder } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import { openModel } from "../open-model.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";

/** Makes the tensor of a model's input, and says what it had to assume. */
type PrepareInput = (model: Model, index: number, terminal: Terminal) => Tensor;

interface Asked {
  readonly options: ParsedOptions;
  readonly prepare: readonly PrepareInput[];
  readonly terminal: Terminal;
}

interface Predicted {
  readonly model: Pick<Model, "name" | "classNames">;
  readonly outputs: readonly NamedArray[];
}

/** `backlight predict MODEL INPUT...` */
export async function runPredict(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const top = options.whole("top", 1) ?? 5;
  const out = options.get("out");
  if (out !== undefined) checkFileName(out);
  const prepare = await Promise.all(options.args.slice(1).map((path) => readInput(path, options)));
  const asked = { options, prepare, terminal };
  const predicted = out === undefined ? await compute(asked) : await computeInto(out, asked);
  show(predicted, { top, terminal, layer: options.get("layer") });
  return exitCodes.ok;
}

async function computeInto(out: string, asked: Asked): Promise<Predicted> {
  const predicted = await writeFolder(dirname(out), async (folder) => {
    const result = await compute(asked);
    folder.write(basename(out), fileOf(out, result));
    return result;
  });
  for (const { name, shape } of predicted.outputs)
    asked.terminal.say(`Wrote ${out}: float32 [${shape.join(", ")}]${isNpz(out) ? `, "${name}"` : ""}.`);
  return predicted;
}

function isNpz(path: string): boolean {
  return path.toLowerCase().endsWith(".npz");
}

function fileOf(out: string, { model, outputs }: Predicted): Uint8Array {
  if (isNpz(out)) return writeNpz(outputs);
  const [first, ...more] = outputs;
  if (first && more.length === 0) return writeNpy(first.values, first.shape);
  throw new BacklightError(
    `--out ${out} holds one array, but model "${model.name}" has ${outputs.length} outputs ` +
      `(${outputs.map(({ name }) => name).join(", ")}). Give --out FILE.npz for all of them, or one of them as --layer.`,
  );
}

/** @throws BacklightError for a folder, which would be noticed only after all the work */
function checkFileName(path: string): void {
  if (/[/\\]$/.test(path) || isFolder(path))
    throw new BacklightError(`--out ${path} is a folder: give the name of a file, such as y.npy.`);
}

async function compute({ options, prepare, terminal }: Asked): Promise<Predicted> {
  const engine = await openEngine(terminal);
  try {
    const [name = ""] = options.args;
    const request = { model: name, weights: options.get("weights"), theano: options.has("theano") };
    const model = await openModel(engine, request, terminal);
    checkInputs(model, prepare.length);
    const inputs = prepare.map((one, index) => one(model, index, terminal));
    const upTo = options.get("layer");
    const names = upTo === undefined ? model.outputNames : [model.layer(upTo).name];
    const tensors = upTo === undefined ? model.forwardAll(inputs) : [model.forward(inputs, { upTo })];
    const outputs = await Promise.all(tensors.map((y, i) => readInKerasOrder(model, names[i] ?? "", y)));
    for (const note of model.notes) terminal.note(note);
    return { model, outputs };
  } finally {
    engine.dispose();
  }
}

function checkInputs(model: Model, given: number): void {
  const wanted = model.inputNames.length;
  if (given === wanted) return;
  throw new ShapeError(
    `model "${model.name}" has ${wanted} ${wanted === 1 ? "input" : "inputs"} (${model.inputNames.join(", ")}), ` +
      `but ${given} ${given === 1 ? "was" : "were"} given. Give one picture or array for each, in this order.`,
  );
}

async function readInput(path: string, options: ParsedOptions): Promise<PrepareInput> {
  const bytes = readWhole(path, "the input");
  if (String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY") {
    const array = readNpy(bytes, path);
    return (model, index) => arrayInput(model, index, { array, path });
  }
  const image = await decodeFile(bytes, path, { orient: options.has("orient") });
  return (model, _index, terminal) => {
    const ways = { preprocess: options.get("preprocess"), interpolation: options.get("interpolation") };
    const { x, assumptions } = imageInput(model, image, ways);
    for (const assumption of assumptions) terminal.note(assumption);
    return x;
  };
}

interface Shown {
  readonly top: number;
  readonly terminal: Terminal;
  readonly layer: string | undefined;
}

function show({ model, outputs }: Predicted, { top, terminal, layer }: Shown): void {
  const facts = outputs.map((output) => {
    const rows = layer === undefined && output.shape.length === 2 ? bestOf(output, top) : undefined;
    for (const [n, row] of (rows ?? []).entries()) {
      if ((rows?.length ?? 0) > 1) terminal.say(`input ${n}:`);
      for (const { index, value } of row)
        terminal.say(`${value.toFixed(6).padStart(12)}  ${classTitle(index, model.classNames?.[index])}`);
    }
    const { min, max, mean } = statistics(output.values);
    const { name, shape } = output;
    const what = layer !== undefined ? `layer "${layer}"` : outputs.length > 1 ? `output "${name}"` : "output";
    terminal.say(`${what}: [${shape.join(", ")}], from ${min} to ${max}, mean ${mean}`);
    const named = rows?.map((row) => row.map((one) => ({ ...one, label: model.classNames?.[one.index] })));
    return { name, shape, min, max, mean, ...(named ? { top: named } : {}) };
  });
  const [first, ...more] = facts;
  terminal.result(more.length > 0 ? { model: model.name, outputs: facts } : { model: model.name, layer, ...first });
}

interface Score {
  readonly index: number;
  readonly value: number;
}

/** The largest scores of every row. */
function bestOf({ values, shape }: NamedArray, count: number): Score[][] {
  const [rows = 0, classes = 1] = shape;
  return Array.from({ length: rows }, (_, n) => {
    const scores = values.subarray(n * classes, (n + 1) * classes);
    const all = Array.from(scores, (value, index) => ({ index, value }));
    return all.sort((a, b) => b.value - a.value || a.index - b.index).slice(0, count);
  });
}

function statistics(values: Float32Array): { min: number; max: number; mean: number } {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / Math.max(1, values.length) };
}
