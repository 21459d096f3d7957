// What must hold between explanations, whatever the weights.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain, type Run } from "../../src/explain/explain.ts";
import { classLogit, classProbability, difference, negative } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { largest, relativeError } from "../golden/compare.ts";
import { loadEfficientNet } from "../support/efficientnet.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { openFixture, sampleInput } from "./support.ts";

interface Opened {
  readonly model: Model;
  readonly x: Tensor;
}

interface PooledNetwork {
  readonly name: string;
  readonly open: (engine: Engine) => Promise<Opened>;
  /** The layer before global average pooling. */
  readonly layer: string;
  readonly classes: readonly [number, number];
}

/** The end of MobileNet: the classifier is a 1x1 convolution of the pooled features. */
function openConvolutionHead(engine: Engine): Promise<Opened> {
  const layers = [
    ["InputLayer", { name: "image", batch_input_shape: [null, 9, 8, 3] }],
    ["Conv2D", { name: "features", filters: 6, kernel_size: 3, activation: "relu" }],
    ["GlobalAveragePooling2D", { name: "pool" }],
    ["Reshape", { name: "reshape_1", target_shape: [1, 1, 6] }],
    ["Dropout", { name: "dropout", rate: 0.1 }],
    ["Conv2D", { name: "preds", filters: 5, kernel_size: 1 }],
    ["Reshape", { name: "reshape_2", target_shape: [5] }],
    ["Activation", { name: "softmax", activation: "softmax" }],
  ].map(([class_name, config]) => ({ class_name, config }));
  const model = Model.fromConfig(engine, { class_name: "Sequential", config: { name: "mobile", layers } });
  for (const { layer, name, shape } of model.weightSlots())
    model.setWeight(layer, name, hashWeight(layer, name, shape));
  const shape = [1, 9, 8, 3];
  return Promise.resolve({ model, x: engine.tensor(hashWeight("image", "input", shape), shape) });
}

const networks: readonly PooledNetwork[] = [
  { name: "a convolution as the classifier", open: openConvolutionHead, layer: "features", classes: [0, 1] },
  { name: "residual", open: (engine) => openFixture(engine, "residual"), layer: "b_out", classes: [4, 1] },
  {
    name: "EfficientNet-Lite0",
    open: async (engine) => {
      const model = await loadEfficientNet(engine);
      return { model, x: await sampleInput(model, "cat-and-coffee") };
    },
    layer: "top_relu",
    classes: [285, 967],
  },
];

const TOLERANCE = 1e-5;

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string, scale = largest(expected)): void {
  expect(scale, `${what}: all zeros prove nothing`).toBeGreaterThan(0);
  expect(relativeError(actual, expected, scale), what).toBeLessThanOrEqual(TOLERANCE);
}

/** dy/dA of a class's logit at a layer, and A itself. */
async function gradientAndMaps(run: Run, layer: string, index: number): Promise<[Float32Array, Float32Array]> {
  const { engine } = run.model;
  const activation = (name: string) => run.tape.node(name).output;
  const [gradient] = engine.scope(() => {
    const { y, seed } = classLogit(index).of({ ...run.outputs, tape: run.tape, activation });
    return run.tape.backward(y, { seed, wrt: [activation(layer)] });
  });
  if (!gradient) throw new Error("no gradient");
  const [g, A] = await engine.read([gradient, activation(layer)]);
  gradient.dispose();
  return [Float32Array.from(g ?? []), Float32Array.from(A ?? [])];
}

/** The dense layer or convolution that gives the logits, which may be reshaped. */
function classifier({ tape, outputs }: Run) {
  let node = tape.producerOf(outputs.logits);
  while (node?.op.name === "reshape" && node.inputs.x) node = tape.producerOf(node.inputs.x);
  return node;
}

/** For every channel, the sum of what `term` makes of each element. */
function sumByChannel(count: number, channels: number, term: (i: number) => number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < count; i++) sums[i % channels] = (sums[i % channels] ?? 0) + term(i);
  return sums;
}

/** For every position, the sum over channels. */
function sumByPosition(count: number, channels: number, term: (i: number) => number): Float64Array {
  const sums = new Float64Array(count / channels);
  for (let i = 0; i < count; i++) {
    const position = Math.floor(i / channels);
    sums[position] = (sums[position] ?? 0) + term(i);
  }
  return sums;
}

describe.each(networks)("global average pooling and one dense layer: $name", ({ open, layer, classes: [a, b] }) => {
  useEngine();
  const at = {} as { model: Model; x: Tensor; run: Run };
  beforeAll(async () => {
    Object.assign(at, await open(await engineForTests()));
    at.run = explain(at.model, at.x);
    await at.run.predictions(1);
  });
  afterAll(() => {
    for (const one of [at.run, at.x, at.model]) one.dispose();
  });

  it("CAM is Z times Grad-CAM, and w is Z alpha (Selvaraju 2017, appendix A)", async () => {
    const [cam, gradCam] = await Promise.all([at.run.cam(), at.run.gradCam({ layer })]);
    const Z = cam.raw.data.length;
    close(
      gradCam.alpha.map((value) => value * Z),
      cam.alpha,
      "w = Z alpha",
    );
    close(
      gradCam.raw.data.map((value) => value * Z),
      cam.raw.data,
      "maps",
    );
  });

  it("the mean of the CAM plus the bias is the logit", async () => {
    const bias = classifier(at.run)?.inputs.b;
    const reads = at.model.engine.read(bias ? [at.run.outputs.logits, bias] : [at.run.outputs.logits]);
    const [cam, [logits, biases]] = await Promise.all([at.run.cam({ target: classLogit(b) }), reads]);
    const mean = cam.raw.data.reduce((sum, value) => sum + value, 0) / cam.raw.data.length;
    close([mean + (biases?.[b] ?? 0)], [logits?.[b] ?? Number.NaN], "logit");
  });

  it("HiResCAM and XGrad-CAM are Grad-CAM", async () => {
    const options = { layer, target: classLogit(a) };
    const [gradCam, hiResCam, xGradCam] = await Promise.all([
      at.run.gradCam(options),
      at.run.hiResCam(options),
      at.run.xGradCam(options),
    ]);
    close(hiResCam.raw.data, gradCam.raw.data, "HiResCAM");
    close(xGradCam.raw.data, gradCam.raw.data, "XGrad-CAM");
  });

  it("HiResCAM, LayerCAM and XGrad-CAM further up are their formulas", async () => {
    const deep = at.run.layers().at(-4) ?? layer; // where the gradient differs from place to place
    const options = { layer: deep, target: classLogit(b) };
    const [hiResCam, layerCam, xGradCam, [g, A]] = await Promise.all([
      at.run.hiResCam(options),
      at.run.layerCam(options),
      at.run.xGradCam(options),
      gradientAndMaps(at.run, deep, b),
    ]);
    const channels = xGradCam.alpha.length;
    const product = (i: number) => (g[i] ?? 0) * (A[i] ?? 0);
    const scale = largest(sumByPosition(g.length, channels, (i) => Math.abs(product(i))));
    close(hiResCam.raw.data, sumByPosition(g.length, channels, product), "HiResCAM", scale);
    const positive = (i: number) => Math.max(g[i] ?? 0, 0) * (A[i] ?? 0);
    close(layerCam.raw.data, sumByPosition(g.length, channels, positive), "LayerCAM", scale);
    const products = sumByChannel(g.length, channels, product);
    const sums = sumByChannel(g.length, channels, (i) => A[i] ?? 0);
    const weights = products.map((value, k) => value / ((sums[k] ?? 0) + 1e-7));
    const weighted = (i: number) => (weights[i % channels] ?? 0) * (A[i] ?? 0);
    const size = largest(sumByPosition(g.length, channels, (i) => Math.abs(weighted(i))));
    close(xGradCam.raw.data, sumByPosition(g.length, channels, weighted), "XGrad-CAM", size);
  });

  it("alpha is the mean of the gradient over positions, and the map the sum it weighs", async () => {
    const deep = at.run.layers().at(-4) ?? layer; // further up, where the gradient differs from place to place
    const [gradCam, [g, A]] = await Promise.all([
      at.run.gradCam({ layer: deep, target: classLogit(b) }),
      gradientAndMaps(at.run, deep, b),
    ]);
    const channels = gradCam.alpha.length;
    const alpha = sumByChannel(g.length, channels, (i) => g[i] ?? 0).map((sum) => (sum * channels) / g.length);
    close(gradCam.alpha, alpha, "alpha");
    const map = sumByPosition(g.length, channels, (i) => (alpha[i % channels] ?? 0) * (A[i] ?? 0));
    const magnitude = sumByPosition(g.length, channels, (i) => Math.abs((alpha[i % channels] ?? 0) * (A[i] ?? 0)));
    close(gradCam.raw.data, map, "map", largest(magnitude));
  });

  it("the counterfactual is minus Grad-CAM, and so is the negative target", async () => {
    const [map, against, minus] = await Promise.all([
      at.run.gradCam({ layer }),
      at.run.gradCam({ layer, counterfactual: true }),
      at.run.gradCam({ layer, target: negative(classLogit(a)) }),
    ]);
    const opposite = map.raw.data.map((value) => -value);
    close(against.raw.data, opposite, "counterfactual");
    close(minus.raw.data, opposite, "negative target");
    expect(against.provenance.method).toBe("counterfactual");
  });

  it("is linear in the target", async () => {
    const [mapOfA, mapOfB, both] = await Promise.all([
      at.run.saliency({ target: classLogit(a) }),
      at.run.saliency({ target: classLogit(b) }),
      at.run.saliency({ target: difference(a, b) }),
    ]);
    const expected = mapOfA.values.map((value, i) => value - (mapOfB.values[i] ?? 0));
    const scale = largest(mapOfA.values) + largest(mapOfB.values);
    close(both.values, expected, "difference", scale);
  });

  it("the gradient of a probability is that of the logits through the softmax", async () => {
    const targets = { target: classProbability(a), layer };
    const [ofProbability, [probs]] = await Promise.all([
      at.run.cam({ target: targets.target }),
      at.model.engine.read([at.run.outputs.probs]),
    ]);
    const p = probs?.[a] ?? 0;
    // dp_a / dlogit_j = p_a ([j = a] - p_j): by the weights of the dense layer, [k, classes]
    const head = classifier(at.run)?.inputs.w;
    if (!head || !probs) throw new Error("the network does not end in a classifier");
    const w = Float32Array.from((await at.model.engine.read([head]))[0] ?? []);
    const classes = probs.length;
    const expected = Float64Array.from(ofProbability.alpha, (_, k) => {
      const row = w.subarray(k * classes, (k + 1) * classes);
      return p * ((row[a] ?? 0) - row.reduce((sum, value, j) => sum + value * (probs[j] ?? 0), 0));
    });
    close(ofProbability.alpha, expected, "alpha of the probability");
  });
});
