import { ShapeError, UnsupportedLayerError, WeightsFormatError } from "../../src/errors.ts";
import { parseModelConfig } from "../../src/nn/config.ts";
import { buildGraph, type Graph } from "../../src/nn/graph.ts";
import { modernise } from "../../weights/keras1-weights.ts";
import { matchFile } from "../../weights/match-file.ts";
import type { ModelFile, StoredWeight } from "../../weights/model-file.ts";
import { slotsOf } from "../../weights/save-plan.ts";
import type { Files, Format } from "./formats.ts";

/** How one file ended: all of it read, or refused as it should be, or not. */
export interface Verdict {
  readonly kind: "accepted" | "refused" | "failed";
  /** The refusal, or what is wrong. */
  readonly message: string;
  /** What the error that the library turned into a refusal said, if there was one. */
  readonly cause?: string;
  readonly milliseconds: number;
}

/** Of one weight, at once and in all of a file: enough for every seed, and bounded for what claims to be larger. */
const blockElements = 2 ** 19;
const mostElements = 2 ** 24;
const slowMs = 2000;

/** Opens a file, reads every weight of it, builds its architecture's graph and pairs the two, as a load would. */
export async function examine(format: Format, files: Files): Promise<Verdict> {
  const start = spentMs();
  const verdict = await outcome(format, files);
  const milliseconds = spentMs() - start;
  if (milliseconds <= slowMs || verdict.kind === "failed") return { ...verdict, milliseconds };
  return { kind: "failed", message: `took ${Math.round(milliseconds)} ms (${verdict.message})`, milliseconds };
}

/** Time that this process has worked: on a busy machine less than what went by. A page cannot tell it. */
function spentMs(): number {
  if (typeof process === "undefined" || process.cpuUsage === undefined) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

type Outcome = Omit<Verdict, "milliseconds">;

async function outcome(format: Format, files: Files): Promise<Outcome> {
  const [name = ""] = files.keys();
  let stage = "opening";
  try {
    const file = await format.open(files);
    try {
      stage = "reading";
      for (const layer of file.layers) for (const weight of layer.weights) readWeight(weight);
      stage = "building";
      const graph = file.config === undefined ? undefined : buildGraph(parseModelConfig(file.config));
      if (graph && file.layers.length > 0) pair(graph, file);
    } finally {
      file.close();
    }
    return { kind: "accepted", message: "" };
  } catch (error) {
    return judge(error, stage, name, format.name === "tfjs" ? [...files.keys()] : [name]);
  }
}

/** As a load does it, weights of old files included: those are read once more, turned. */
function pair(graph: Graph, file: ModelFile): void {
  const modern = modernise(file, graph.layers).file;
  const slots = slotsOf(graph.layers);
  const pairs = matchFile(modern, { slots, config: file.config, aliases: new Map() });
  for (const { stored } of modern === file ? [] : pairs) readWeight(stored);
}

class ShortRead extends Error {}

/** Reads a weight as the loader does, in blocks of rows, and, where it is small, at once as well: both must give all of
 * it, and the same. */
function readWeight({ name, shape, read, readRows }: StoredWeight): void {
  const total = shape.reduce((product, extent) => product * extent, 1);
  const whole = total <= blockElements ? read() : undefined;
  if (whole && whole.length !== total) throw new ShortRead(`"${name}": ${whole.length} of ${total} values were read`);
  const [rows = 1] = shape;
  if (rows === 0 || (whole && shape.length < 2)) return;
  const rowElements = total / rows;
  const step = Math.max(1, Math.floor(blockElements / Math.max(1, rowElements)));
  if (rowElements > mostElements) return;
  for (let row = 0; row < rows && row * rowElements < mostElements; row += step) {
    const count = Math.min(step, rows - row);
    const values = readRows(row, count);
    if (values.length !== count * rowElements)
      throw new ShortRead(
        `"${name}": ${values.length} of the ${count * rowElements} values of ${count} rows were read`,
      );
    if (whole && !sameBits(values, whole.subarray(row * rowElements, row * rowElements + values.length)))
      throw new ShortRead(`"${name}": rows ${row} to ${row + count} are not what the whole has there`);
  }
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/** What the HDF5 library says of an address is right. */
const careless =
  /(?<!addr(?:ess)? )undefined|\[object |is not a function|is not iterable|Cannot read|NaN|memory access|unreachable/;

/** A refusal is one of three errors, and says what, and where. */
function judge(error: unknown, stage: string, name: string, names: readonly string[]): Outcome {
  if (!(error instanceof Error)) return { kind: "failed", message: `${stage} threw ${String(error)}` };
  const { message } = error;
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {};
  const fail = (why: string): Outcome => ({
    kind: "failed",
    message: `${stage}: ${why}: ${error.stack ?? message}`,
    ...cause,
  });
  const isRefusal = [WeightsFormatError, UnsupportedLayerError, ShapeError].some(
    (known) => error.constructor === known,
  );
  if (!isRefusal) return fail("not a refusal");
  if (stage !== "building" && !names.some((one) => message.includes(one)))
    return fail(`the message does not name ${name}`);
  if (message.length < 20 || message.length > 20_000) return fail(`a message of ${message.length} characters`);
  if (careless.test(message)) return fail("the message tells of the program, not of the file");
  return { kind: "refused", message, ...cause };
}
