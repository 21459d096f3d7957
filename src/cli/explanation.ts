import {
  type Answer,
  type HeatMap,
  type Model,
  NotDefinedError,
  type PixelMap,
  type Prediction,
  Recording,
  Run,
  type SaliencyKind,
  Tape,
  type Target,
  type Tensor,
} from "../index.ts";
import type { MethodName } from "./methods.ts";

export type Result =
  | { readonly method: MethodName; readonly kind: "heat"; readonly map: HeatMap }
  | { readonly method: MethodName; readonly kind: "pixels"; readonly map: PixelMap; readonly saliency?: SaliencyKind }
  | { readonly method: MethodName; readonly kind: "sweep"; readonly maps: readonly HeatMap[] };

export interface Skipped {
  readonly method: MethodName;
  readonly why: string;
}

export interface Explanation {
  readonly results: readonly Result[];
  readonly skipped: readonly Skipped[];
  /** Empty unless they were asked for. */
  readonly predictions: readonly Prediction[];
}

export interface Question {
  readonly target: Target;
  readonly methods: readonly MethodName[];
  /** Leave out what is not defined for the model instead of failing. */
  readonly lenient: boolean;
  readonly layer?: string | undefined;
  /** How many of the most likely classes to read along. */
  readonly predictions?: number;
  /** Called before each method; the methods are then submitted one by one, so that the progress is real. */
  readonly onMethod?: (done: number) => void;
  /** Called by methods of many forward passes, after each. */
  readonly onPass?: (method: MethodName, done: number, total: number) => void;
}

/** Layers between two submissions of a forward pass whose progress is shown. */
const LAYERS_PER_PIECE = 8;

/** Records one forward pass.
 * @param onLayer submits the pass in pieces and is called as they are finished; without it nothing is submitted yet */
export async function record(model: Model, x: Tensor, onLayer?: (done: number, total: number) => void): Promise<Run> {
  const tape = new Tape(model.engine);
  const pieces: Promise<void>[] = [];
  const submit = (_name: string, index: number, total: number) => {
    if (index % LAYERS_PER_PIECE !== LAYERS_PER_PIECE - 1) return;
    pieces.push(model.engine.finish().then(() => onLayer?.(index + 1, total)));
  };
  try {
    const output = model.forward(x, onLayer ? { tape, onLayer: submit } : { tape });
    await Promise.all(pieces);
    return new Run({ recording: new Recording({ model, tape, x, output }), many: false });
  } catch (error) {
    await Promise.allSettled(pieces);
    tape.dispose();
    throw error;
  }
}

/** Asks a recorded forward pass about one target by several methods.
 * Without `onMethod`, everything takes one submission and one read-back, the forward pass included.
 * @throws NotDefinedError for a method that the model does not have, unless lenient */
export async function explainTarget(run: Run, question: Question): Promise<Explanation> {
  const { methods, onMethod } = question;
  const skipped: Skipped[] = [];
  const results: Promise<Result | undefined>[] = [];
  const predictions = question.predictions ? run.predictions(question.predictions) : Promise.resolve([]);
  for (const [i, method] of methods.entries()) {
    onMethod?.(i);
    const result = ask(run, question, method).catch((error: unknown) => {
      if (!mayBeLeftOut(method, error, question)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      skipped.push({ method, why: message.replace(`${method}: `, "") });
      return undefined;
    });
    results.push(result);
    if (onMethod) await result;
  }
  // all are settled before one failure is passed on: nothing may go on reading tensors that the caller then frees
  await Promise.allSettled([predictions, ...results]);
  const all = await Promise.all(results);
  return { results: all.filter((result) => result !== undefined), skipped, predictions: await predictions };
}

/** CAM has one layer only: with another one asked for, "all" means all the others. */
function mayBeLeftOut(method: MethodName, error: unknown, { lenient, layer }: Question): boolean {
  return lenient && (error instanceof NotDefinedError || (method === "cam" && layer !== undefined));
}

type Heat = Extract<Result, { kind: "heat" }>["map"];
type Pixels = Extract<Result, { kind: "pixels" }>["map"];

/** What every method is asked with; those that know no layer, or make one pass only, pass over the rest. */
export interface Asked {
  readonly target: Target;
  readonly layer?: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** For a run of one picture its map, for one of several a list. */
type HeatMethod = <Many extends boolean>(run: Run<Many>, asked: Asked) => Promise<Answer<Many, Heat, Asked>>;

const heatMaps: Readonly<Partial<Record<MethodName, HeatMethod>>> = {
  cam: (run, asked) => run.cam(asked),
  gradcam: (run, asked) => run.gradCam(asked),
  "gradcam++": (run, asked) => run.gradCamPlusPlus(asked),
  xgradcam: (run, asked) => run.xGradCam(asked),
  hirescam: (run, asked) => run.hiResCam(asked),
  layercam: (run, asked) => run.layerCam(asked),
  eigencam: (run, asked) => run.eigenCam(asked),
  eigengradcam: (run, asked) => run.eigenGradCam(asked),
  fullgrad: (run, { target }) => run.fullGrad({ target }),
  scorecam: (run, asked) => run.scoreCam(asked),
  ablationcam: (run, asked) => run.ablationCam(asked),
  counterfactual: (run, asked) => run.gradCam({ ...asked, counterfactual: true }),
  occlusion: (run, { target, onProgress }) => run.occlusion({ target, onProgress }),
  rise: (run, { target, onProgress }) => run.rise({ target: probabilityOf(target), onProgress }),
};

/** The heat maps of several pictures at once, all by one method.
 * @throws NotDefinedError for a method that gives none */
export async function heatMapsOf(run: Run<true>, method: MethodName, asked: Asked): Promise<HeatMap[]> {
  const maps = heatMaps[method];
  if (!maps) throw new NotDefinedError(`${method} gives no heat map, and so no box.`);
  return await maps(run, asked);
}

/** RISE explains probabilities: the mean score under random masks may be below 0 everywhere. */
function probabilityOf(target: Target): Target {
  return {
    name: target.name.replace("logit", "probability"),
    of: (outputs) => {
      const { seed } = target.of(outputs);
      const { probs } = outputs;
      return { y: probs, seed: seed.withShape(probs.shape) };
    },
  };
}

const pixelMaps: Readonly<Partial<Record<MethodName, (run: Run, asked: Asked) => Promise<Pixels>>>> = {
  "guided-gradcam": (run, asked) => run.guidedGradCam(asked),
  guided: (run, { target }) => run.guidedBackprop({ target }),
  deconvnet: (run, { target }) => run.deconvnet({ target }),
  rectgrad: (run, { target }) => run.rectGrad({ target }),
  saliency: (run, { target }) => run.saliency({ target }),
  "saliency-positive": (run, { target }) => run.saliency({ target }),
  "saliency-negative": (run, { target }) => run.saliency({ target }),
  "input-x-gradient": (run, { target }) => run.inputXGradient({ target }),
  smoothgrad: (run, { target, onProgress }) => run.smoothGrad({ target, onProgress }),
  "integrated-gradients": (run, { target, onProgress }) => run.integratedGradients({ target, onProgress }),
  lrp: (run, { target }) => run.lrp({ target }),
};

const saliencies: Readonly<Partial<Record<MethodName, SaliencyKind>>> = {
  saliency: "absolute",
  "saliency-positive": "positive",
  "saliency-negative": "negative",
};

async function ask(run: Run, { target, layer, onPass }: Question, method: MethodName): Promise<Result> {
  const asked: Asked = {
    target,
    ...(layer === undefined ? {} : { layer }),
    ...(onPass ? { onProgress: (done, total) => onPass(method, done, total) } : {}),
  };
  const [heat, pixels] = [heatMaps[method], pixelMaps[method]];
  if (heat) return { method, kind: "heat", map: await heat(run, asked) };
  if (!pixels) return { method, kind: "sweep", maps: await run.sweep({ target }) };
  const saliency = saliencies[method];
  return { method, kind: "pixels", map: await pixels(run, asked), ...(saliency ? { saliency } : {}) };
}
