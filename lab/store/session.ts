import { computed, signal } from "@preact/signals";
import {
  decodeImage,
  Engine,
  explain,
  GpuUnavailableError,
  type Image,
  loadModel,
  type Model,
  type Prediction,
  type Run,
} from "../../src/index.ts";
import { sessionWords } from "../strings/session.ts";
import { builtInModels, isModelName, isSampleName, samples } from "./catalogue.ts";
import { onFollow, param, setParams } from "./link.ts";
import { messageOf, notice, problem, report } from "./problem.ts";

/** A picture with the name that the address or its file gave it. */
export interface NamedPicture {
  readonly name: string;
  readonly image: Image;
}

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

/** What the page is busy with. */
export type Phase =
  | { readonly kind: "starting" }
  /** Bytes of weights, where they are known. */
  | { readonly kind: "loading"; readonly done: number; readonly total: number }
  | { readonly kind: "looking" }
  | { readonly kind: "ready" }
  /** There is no WebGPU here: why. */
  | { readonly kind: "without-gpu"; readonly reason: string };

export const phase = signal<Phase>({ kind: "starting" });
export const explained = signal<Explained | undefined>(undefined);
/** Names of what the reader dropped on the page; the catalogue has the others. */
export const ownModel = signal<string | undefined>(undefined);
export const isBusy = computed(() => phase.value.kind === "loading" || phase.value.kind === "looking");

type Source = URL | readonly File[];

let engine: Engine | undefined;
let source: Source | undefined;
let model: Model | undefined;
let picture: NamedPicture | undefined;
/** Count loads and looks: one that was overtaken by another is dropped when it is done. */
let turn = 0;
let looks = 0;
let lastLoss = Number.NEGATIVE_INFINITY;
/** A device that is lost twice within this time is not tried again by itself. */
const MOST_LOSSES_MS = 15_000;

const beside = (file: string) => new URL(file, document.baseURI);

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
  await openAsked();
  onFollow(() => void follow());
}

async function openAsked(): Promise<void> {
  const asked = param("model");
  await openBuiltIn(isModelName(asked) ? asked : "efficientnet-lite0");
}

/** A link may name another network or picture than the ones at hand. */
async function follow(): Promise<void> {
  const [asked, shown] = [param("model"), param("picture")];
  if (isModelName(asked) && source !== undefined && String(source) !== String(beside(builtInModels[asked].file))) {
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
    // lost before anything was there: begin again
    if (source === undefined) await openAsked();
    else if (await load(source)) notice.value = sessionWords().recovered;
  } catch (error) {
    phase.value = { kind: "without-gpu", reason: messageOf(error) };
  }
}

/** Opens a network that comes with the page, and a picture of its kind unless one is there. */
export async function openBuiltIn(
  name: keyof typeof builtInModels,
  asked = picture?.name ?? param("picture"),
): Promise<void> {
  const { file, picture: usual, kind } = builtInModels[name];
  phase.value = { kind: "looking" };
  const fits = isSampleName(asked) ? samples[asked].kind === kind : picture !== undefined;
  try {
    const shown = fits && picture?.name === asked ? picture : undefined;
    const next = shown ?? (await sample(fits && isSampleName(asked) ? asked : usual));
    if (!(await load(beside(file), next))) return;
    ownModel.value = undefined;
    setParams({ model: name });
  } catch (error) {
    failed(error);
  }
}

/** Opens the reader's own network: one file, or model.json and its shards together. What was there stays if it fails. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  try {
    if (!(await load(files, picture ?? (await sample("cat-and-coffee"))))) return;
    ownModel.value = files.length === 1 ? first.name : "model.json";
    setParams({ model: undefined, class: undefined, against: undefined, layer: undefined });
  } catch (error) {
    failed(error);
  }
}

/** Looks at one of the pictures that come with the page. */
export async function openSample(name: keyof typeof samples): Promise<void> {
  phase.value = { kind: "looking" };
  try {
    await look(await sample(name));
  } catch (error) {
    failed(error);
  }
}

/** Looks at a picture of the reader's own: a file's bytes, or an image as it is. */
export async function openPicture(name: string, given: Blob | Image): Promise<void> {
  phase.value = { kind: "looking" };
  try {
    const image = given instanceof Blob ? await decodeImage(new Uint8Array(await given.arrayBuffer())) : given;
    await look({ name, image });
  } catch (error) {
    failed(error);
  }
}

/** A picture that comes with the page. */
export async function sample(name: keyof typeof samples): Promise<NamedPicture> {
  const response = await fetch(beside(samples[name].file));
  if (!response.ok) throw new Error(`${samples[name].file}: ${response.status} ${response.statusText}`);
  return { name, image: await decodeImage(new Uint8Array(await response.arrayBuffer())) };
}

/** @returns whether the network is now the one that is looked through */
async function load(from: Source, next = picture): Promise<boolean> {
  const mine = ++turn;
  if (!engine || !next) return false;
  phase.value = { kind: "loading", done: 0, total: 0 };
  const onProgress = (done: number, total: number) => {
    if (mine === turn) phase.value = { kind: "loading", done, total };
  };
  const given = Array.isArray(from) && from.length === 1 ? from[0] : from;
  const loaded = await loadModel(engine, given, { onProgress });
  loaded.preprocessing ??= "unit";
  const old = model;
  try {
    if (mine !== turn || !(await look(next, loaded))) {
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

/** Records a forward pass and puts it in the place of the last, unless another was begun meanwhile.
 * @returns whether it is now the one that is looked at */
async function look(next: NamedPicture, through = model): Promise<boolean> {
  if (!through) return false;
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
  report(error);
  if (explained.peek()) phase.value = { kind: "ready" };
}
