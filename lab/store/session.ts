import { signal } from "@preact/signals";
import {
  decodeImage,
  Engine,
  explain,
  GpuUnavailableError,
  type Image,
  loadModel,
  type Model,
  type ModelSource,
  type Prediction,
  type Run,
} from "../../src/index.ts";
import { sessionWords } from "../strings/session.ts";
import { builtInModels, isModelName, isSampleName, type ModelName, samples } from "./catalogue.ts";
import { onFollow, param, setParams } from "./link.ts";
import { phase } from "./phase.ts";
import { beside, type NamedPicture, sample } from "./pictures.ts";
import { messageOf, notice, problem, report } from "./problem.ts";
import { tooLarge } from "./too-large.ts";

/** One recorded forward pass, and what it was made of. All views ask this one recording. */
export interface Explained {
  readonly run: Run;
  readonly model: Model;
  readonly picture: NamedPicture;
  /** Best first: all classes of a small network, the first hundred of a large one. */
  readonly predictions: readonly Prediction[];
  /** Layers that a map can be made of, in the order of the forward pass. */
  readonly layers: readonly string[];
}

export const explained = signal<Explained | undefined>(undefined);
/** Names of what the reader dropped on the page; the catalogue has the others. */
export const ownModel = signal<string | undefined>(undefined);
/** The network that comes with the page and is being opened. */
export const opening = signal<ModelName | undefined>(undefined);

type Source = ModelName | readonly File[];

let engine: Engine | undefined;
let source: Source | undefined;
/** What was to be opened last, be it there, on its way, or given up. */
let wanted: Source | undefined;
let model: Model | undefined;
let picture: NamedPicture | undefined;
/** Ends what is being opened: another was chosen meanwhile, or the reader gave it up. */
let ending = new AbortController();
/** Counts looks: one that was overtaken by another is dropped when it is done. */
let looks = 0;
let lastLoss = Number.NEGATIVE_INFINITY;
/** A device that is lost twice within this time is not tried again by itself. */
const MOST_LOSSES_MS = 15_000;

/** The engine of the page; every view computes on it. */
export function engineOf(one: Explained): Engine {
  return one.model.engine;
}

/** Starts with what the address names. */
export async function start(): Promise<void> {
  try {
    engine = await openEngine();
  } catch (error) {
    const reason = messageOf(error);
    if (!(error instanceof GpuUnavailableError)) report(error);
    phase.value = { kind: "without-gpu", reason };
    return;
  }
  await openAgain();
  onFollow(() => void follow());
}

/** Opens what was to be opened last; at first what the address names. */
export async function openAgain(): Promise<void> {
  const asked = param("model");
  const from = wanted ?? (isModelName(asked) ? asked : "efficientnet-lite0");
  await (typeof from === "string" ? openBuiltIn(from) : openFiles(from));
}

/** Gives up what is being loaded or looked at. What was there stays. */
export function cancel(): void {
  end();
  looks++;
  settle();
}

function end(): AbortSignal {
  ending.abort();
  ending = new AbortController();
  return ending.signal;
}

/** Opens a network in place of whatever is being opened. */
async function open(from: Source, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = end();
  wanted = from;
  opening.value = typeof from === "string" ? from : undefined;
  phase.value = { kind: "looking" };
  try {
    await body(signal);
  } catch (error) {
    if (!signal.aborted) failed(error);
  } finally {
    if (!signal.aborted) opening.value = undefined;
  }
}

/** A link may name another network or picture than the ones at hand. */
async function follow(): Promise<void> {
  const [asked, shown] = [param("model"), param("picture")];
  if (isModelName(asked) && asked !== wanted) {
    await openBuiltIn(asked, isSampleName(shown) ? shown : undefined);
  } else if (isSampleName(shown) && shown !== picture?.name) await openSample(shown);
}

async function openEngine(): Promise<Engine> {
  const opened = await Engine.create();
  opened.on("lost", () => void recover());
  return opened;
}

/** After the GPU went away (a driver's reset, a crash): a new engine, the same network, the same picture. */
async function recover(): Promise<void> {
  const now = performance.now();
  const again = now - lastLoss < MOST_LOSSES_MS;
  lastLoss = now;
  end();
  explained.value = undefined;
  model = undefined;
  if (again) {
    problem.value = sessionWords().lostAgain;
    return;
  }
  phase.value = { kind: "starting" };
  try {
    engine?.dispose();
    engine = await openEngine();
    const isNew = source === undefined; // lost before anything was there
    await openAgain();
    if (explained.peek() && !isNew) notice.value = sessionWords().recovered;
  } catch (error) {
    phase.value = { kind: "without-gpu", reason: messageOf(error) };
  }
}

/** Opens a network that comes with the page, and a picture of its kind unless one is there. */
export async function openBuiltIn(
  name: keyof typeof builtInModels,
  asked = picture?.name ?? param("picture"),
): Promise<void> {
  const { picture: usual, kind } = builtInModels[name];
  const fits = isSampleName(asked) ? samples[asked].kind === kind : picture !== undefined;
  await open(name, async (signal) => {
    const shown = fits && picture?.name === asked ? picture : undefined;
    const next = shown ?? (await sample(fits && isSampleName(asked) ? asked : usual, signal));
    if (!(await load(name, signal, next))) return;
    ownModel.value = undefined;
    setParams({ model: name });
  });
}

/** Opens the reader's own network: one file, or model.json and its shards together. What was there stays if it fails. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  const isNew = files !== source;
  await open(files, async (signal) => {
    const next = picture ?? (await sample("cat-and-coffee", signal));
    if (!(await load(files, signal, next)) || !isNew) return;
    ownModel.value = files.length === 1 ? first.name : "model.json";
    setParams({ model: undefined, class: undefined, against: undefined, layer: undefined });
  });
}

/** Looks at one of the pictures that come with the page. */
export async function openSample(name: keyof typeof samples): Promise<void> {
  const { signal } = ending;
  phase.value = { kind: "looking" };
  try {
    await look(await sample(name, signal));
  } catch (error) {
    if (!signal.aborted) failed(error);
  }
}

/** Looks at a picture of the reader's own: a file's bytes, or an image as it is. */
export async function openPicture(name: string, given: Blob | Image): Promise<void> {
  const { signal } = ending;
  phase.value = { kind: "looking" };
  try {
    const image = given instanceof Blob ? await decodeImage(new Uint8Array(await given.arrayBuffer())) : given;
    if (!signal.aborted) await look({ name, image });
  } catch (error) {
    if (!signal.aborted) failed(error);
  }
}

/** @returns whether the network is now the one that is looked through */
async function load(from: Source, signal: AbortSignal, next: NamedPicture): Promise<boolean> {
  signal.throwIfAborted();
  if (!engine) return false;
  phase.value = { kind: "loading", done: 0, total: 0 };
  const onProgress = (done: number, total: number) => (phase.value = { kind: "loading", done, total });
  engine.pool.resetPeak();
  const loaded = await loadModel(engine, placeOf(from), { onProgress, signal });
  loaded.preprocessing ??= "unit";
  const old = model;
  try {
    signal.throwIfAborted();
    if (!(await look(next, loaded))) {
      loaded.dispose();
      return false;
    }
  } catch (error) {
    loaded.dispose();
    throw error;
  }
  model = loaded;
  source = from;
  old?.dispose();
  return true;
}

function placeOf(from: Source): ModelSource {
  if (typeof from === "string") return beside(builtInModels[from].file);
  const [first] = from;
  return first && from.length === 1 ? first : from;
}

/** Records a forward pass and puts it in the place of the last, unless another was begun meanwhile.
 * @returns whether it is now the one that is looked at */
async function look(next: NamedPicture, through = model): Promise<boolean> {
  if (!through) {
    picture = next;
    await openAgain();
    return false;
  }
  const mine = ++looks;
  phase.value = { kind: "looking" };
  const run = explain(through, next.image);
  try {
    const predictions = await run.predictions(100);
    if (mine !== looks) {
      run.dispose();
      return false;
    }
    const old = explained.peek();
    picture = next;
    explained.value = { run, model: through, picture, predictions, layers: run.layers() };
    setParams({ picture: isSampleName(picture.name) ? picture.name : undefined });
    old?.run.dispose();
    phase.value = { kind: "ready" };
    return true;
  } catch (error) {
    run.dispose();
    throw error;
  }
}

function failed(error: unknown): void {
  report(engine ? tooLarge(engine, error) : error);
  settle();
}

/** Back to what is there: that is what the address names then, and no longer what was asked for. */
function settle(): void {
  opening.value = undefined;
  phase.value = { kind: explained.peek() ? "ready" : "nothing" };
  if (!explained.peek()) return;
  wanted = source;
  const shown = picture?.name;
  setParams({
    model: typeof source === "string" ? source : undefined,
    picture: isSampleName(shown) ? shown : undefined,
  });
}
