// How far a network of keras.applications is from Keras, with the hash weights and gains of its golden file.
import { explain } from "../../src/explain/explain.ts";
import { applicationConfig } from "../../src/nn/applications/application.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { largestDifference, statistics } from "./compare.ts";

/** Some of the values of an array, at evenly spread places, and facts about all of it. */
interface Sampled {
  readonly size: number;
  readonly scale: number;
  readonly rms: number;
  readonly samples: string;
}

/** Written by tools/golden/applications.py. */
export interface ApplicationGolden {
  readonly application: string;
  readonly parameters: { readonly total: number; readonly trainable: number; readonly nonTrainable: number };
  readonly inputSize: number;
  /** For each layer with a kernel, in Keras' order, the power of two that its last kernel is multiplied by. */
  readonly gains: readonly number[];
  readonly layers: readonly (Sampled & { readonly name: string })[];
  readonly target: number;
  readonly logits: Sampled;
  readonly gradient: Sampled;
}

/** Errors over the largest absolute value of each. */
export interface ApplicationErrors {
  readonly layers: readonly { readonly name: string; readonly error: number }[];
  readonly logits: number;
  readonly target: number;
  readonly gradient: number | undefined;
}

export function readApplicationGolden(name: string, folder = "applications"): Promise<ApplicationGolden> {
  return readJsonFixture<ApplicationGolden>(`golden/${folder}/${name}.json`);
}

/** The network for pictures of the golden's size, with its weights. */
export function goldenApplication(engine: Engine, golden: ApplicationGolden): Model {
  const model = Model.fromConfig(engine, withInputSize(applicationConfig(golden.application), golden.inputSize));
  model.preprocessing = "raw";
  const gains = golden.gains.values();
  for (const layer of model.layers) {
    const kernel = layer.weights.findLast(({ name }) => name.endsWith("kernel"))?.name;
    const gain = kernel === undefined ? 0 : (gains.next().value ?? Number.NaN);
    for (const { name, shape } of layer.weights) {
      const values = hashWeight(layer.name, name, shape);
      if (name === kernel) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * 2 ** gain;
      model.setWeight(layer.name, name, values);
    }
  }
  return model;
}

/** Keras' networks take any size as long as nothing is flattened, and VGG's dense layers find out their own. */
function withInputSize(config: unknown, size: number): unknown {
  const copy = structuredClone(config) as { config: { layers: { config: { batch_input_shape?: unknown } }[] } };
  const [input] = copy.config.layers;
  if (input) input.config.batch_input_shape = [null, size, size, 3];
  return copy;
}

export async function measureApplication(
  model: Model,
  golden: ApplicationGolden,
  { gradient }: { gradient: boolean },
): Promise<ApplicationErrors> {
  const { engine } = model;
  const shape = [1, golden.inputSize, golden.inputSize, 3];
  using x = engine.tensor(hashWeight(model.layers[0]?.name ?? "", "input", shape), shape);
  using run = explain(model, x);
  const nodes = golden.layers.map(({ name }) => run.tape.node(name).output);
  const [logits = new Float32Array(), ...values] = await engine.read([run.outputs.logits, ...nodes]);
  return {
    layers: golden.layers.map((layer, i) => ({ name: layer.name, error: errorOf(values[i] ?? [], layer) })),
    logits: errorOf(logits, golden.logits),
    target: logits.indexOf(Math.max(...logits)),
    gradient: gradient ? errorOf(await gradientAt(x), golden.gradient) : undefined,
  };

  async function gradientAt(input: typeof x): Promise<ArrayLike<number>> {
    const [dx] = engine.scope(() => {
      const { logits: y } = run.outputs;
      const seed = engine.tensor(
        new Float32Array(y.size).map((_, i) => (i === golden.target ? 1 : 0)),
        y.shape,
      );
      return run.tape.backward(y, { seed, wrt: [input] });
    });
    if (!dx) throw new Error("no gradient");
    const read = await dx.read();
    dx.dispose();
    return read;
  }
}

/** The worst of the samples, the largest value and the root mean square. */
function errorOf(values: ArrayLike<number>, { size, scale, rms, samples }: Sampled): number {
  if (values.length !== size) return Number.NaN;
  const expected = float32FromBase64(samples);
  const picked = expected.map((_, i) => values[Math.floor((i * size) / expected.length)] ?? Number.NaN);
  const found = statistics(values);
  const worst = [largestDifference(picked, expected), Math.abs(found.scale - scale), Math.abs(found.rms - rms)];
  return Math.max(...worst) / scale;
}
