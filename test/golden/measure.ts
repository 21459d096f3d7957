// One recorded forward pass of a golden model, all questions asked of it, and how far the answers are from Keras'.
import { backwardRules } from "../../src/autograd/rules.ts";
import { NotDefinedError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { HeatMap } from "../../src/explain/heat-map.ts";
import { classLogit } from "../../src/explain/targets.ts";
import type { Model } from "../../src/nn/model.ts";
import { cosine, relativeError, statistics } from "./compare.ts";
import type { Golden, GoldenLayer, GoldenRule } from "./golden.ts";

export interface LayerError {
  readonly name: string;
  /** Largest difference at the samples, over the layer's largest absolute value. */
  readonly samples: number;
  /** The same for the layer's mean, root mean square and largest absolute value. */
  readonly statistics: number;
}

export interface Cosines {
  readonly layer: number;
  readonly image: number;
}

export interface Measurement {
  readonly layers: readonly LayerError[];
  /** Errors over the largest absolute value of each. */
  readonly logits: number;
  readonly probs: number;
  readonly top5: readonly number[];
  readonly gradients: Readonly<Record<GoldenRule, Cosines>>;
  readonly alpha: number;
  readonly gradcam: number;
  readonly counterfactual: number;
  /** The error that CAM was refused with, where it was. */
  readonly cam: number | Error;
  readonly elapsedMs: number;
}

/** Layers are read whole, in groups of about this size. */
const GROUP_ELEMENTS = 8 * 1024 * 1024;

export async function measure(model: Model, golden: Golden, input: Float32Array): Promise<Measurement> {
  const start = performance.now();
  using x = model.engine.tensor(input, [1, ...golden.facts.input.shape]);
  using run = explain(model, x);
  const outputs = await measureOutputs(run, golden);
  const layers: LayerError[] = [];
  for (const group of groups(golden.facts.layers)) layers.push(...(await measureLayers(run, golden, group)));
  const maps = await measureMaps(run, golden);
  const gradients = {
    gradient: await measureGradients(run, golden, "gradient"),
    deconvnet: await measureGradients(run, golden, "deconvnet"),
    guided: await measureGradients(run, golden, "guided"),
  };
  return { ...outputs, layers, ...maps, gradients, elapsedMs: performance.now() - start };
}

async function measureOutputs(run: Run, golden: Golden) {
  const { logits, probs } = golden.facts;
  const [top, read] = await Promise.all([
    run.predictions(5),
    run.model.engine.read([run.outputs.logits, run.outputs.probs]),
  ]);
  return {
    top5: top.map(({ index }) => index),
    logits: relativeError(read[0] ?? [], golden.values(logits)),
    probs: relativeError(read[1] ?? [], golden.values(probs)),
  };
}

async function measureLayers(run: Run, golden: Golden, layers: readonly GoldenLayer[]): Promise<LayerError[]> {
  const outputs = layers.map(({ name }) => run.tape.node(name).output);
  const read = await run.model.engine.read(outputs);
  return layers.map((layer, i) => layerError(read[i] ?? new Float32Array(), golden.samples(layer), layer));
}

function layerError(values: ArrayLike<number>, samples: Float32Array, layer: GoldenLayer): LayerError {
  const { name, size, scale, count } = layer;
  if (values.length !== size) return { name, samples: Number.NaN, statistics: Number.NaN };
  const picked = samples.map((_, i) => values[Math.floor((i * size) / count)] ?? Number.NaN);
  const found = statistics(values);
  const differences = [found.scale - scale, found.mean - layer.mean, found.rms - layer.rms];
  return {
    name,
    samples: relativeError(picked, samples, scale),
    statistics: Math.max(...differences.map(Math.abs)) / scale,
  };
}

function* groups(layers: readonly GoldenLayer[]): Generator<GoldenLayer[]> {
  let group: GoldenLayer[] = [];
  let elements = 0;
  for (const layer of layers) {
    if (elements + layer.size > GROUP_ELEMENTS && group.length > 0) {
      yield group;
      [group, elements] = [[], 0];
    }
    group.push(layer);
    elements += layer.size;
  }
  yield group;
}

async function measureMaps(run: Run, golden: Golden) {
  const { targetLayer: layer, alpha, gradcam, counterfactual, cam } = golden.facts;
  const [positive, against, activation] = await Promise.all([
    run.gradCam({ layer }),
    run.gradCam({ layer, counterfactual: true }),
    askCam(run),
  ]);
  return {
    alpha: relativeError(positive.alpha, golden.values(alpha)),
    gradcam: relativeError(rectified(positive.raw.data), golden.values(gradcam)),
    counterfactual: relativeError(rectified(against.raw.data), golden.values(counterfactual)),
    cam: activation instanceof Error ? activation : relativeError(activation.raw.data, cam ? golden.values(cam) : []),
  };
}

async function askCam(run: Run): Promise<HeatMap | Error> {
  try {
    return await run.cam();
  } catch (error) {
    if (error instanceof NotDefinedError) return error;
    throw error;
  }
}

const rectified = (values: Float32Array) => values.map((value) => Math.max(value, 0));

async function measureGradients(run: Run, golden: Golden, rule: GoldenRule): Promise<Cosines> {
  const { gradients, targetLayer, target } = golden.facts;
  const { engine } = run.model;
  const [gradient] = engine.scope(() => {
    const activation = (layer: string) => run.tape.node(layer).output;
    const { y, seed } = classLogit(target).of({ ...run.outputs, tape: run.tape, activation });
    return run.tape.backward(y, { seed, wrt: [activation(targetLayer)], rules: backwardRules[rule] });
  });
  const ask = { gradient: () => run.saliency(), deconvnet: () => run.deconvnet(), guided: () => run.guidedBackprop() };
  try {
    const [image, read] = await Promise.all([ask[rule](), engine.read(gradient ? [gradient] : [])]);
    return {
      layer: cosine(read[0] ?? [], golden.values(gradients[rule].layer)),
      image: cosine(image.values, golden.values(gradients[rule].image)),
    };
  } finally {
    gradient?.dispose();
  }
}
