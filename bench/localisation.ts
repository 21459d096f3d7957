// Localisation that nobody drew boxes for, on the procedural data set:
// node bench/run.mjs LANE bench/localisation.ts [--seeds S] [--epochs E] [--pictures N] [--only PART]
// From each of S (3) seeds a small network (16, 32 and 48 channels with batch norm, maps of 16 x 16) is trained on N (2400)
// pictures of 64 x 64 for E (6) epochs, and tested on 300 others. PART is one of
//   pooling  heads gap, gmp and lse on the same network;
//   acol     ACoL's heads on the trained gap network, for half as many epochs; "one head" is the same with head A alone;
//   multi    a gmp head on pictures of one or two objects, as Oquab et al. 2015.
import {
  acolLoss,
  acolMaps,
  adam,
  classLogit,
  cosineDecay,
  type Dataset,
  Engine,
  evaluate,
  explain,
  fit as fitModel,
  initialize,
  type Loss,
  type LossName,
  MeanAveragePrecision,
  Model,
  oquabRule,
  type ShapesDataset,
  type ShapesObject,
  shapesClasses,
  shapesDataset,
  Trainer,
  withAcolHeads,
  withHead,
} from "../src/index.ts";
import { numberAfter } from "./arguments.ts";
import type { Bench } from "./host.ts";
import { type Row, Score, size, Table } from "./localisation-score.ts";

const classes = shapesClasses.length;
const shape = [64, 64, 3];
const batchSize = 32;
const testPictures = 300;
/** Pictures explained in one pass. */
const together = 25;

interface Study {
  readonly engine: Engine;
  readonly table: Table;
  readonly seed: number;
  readonly epochs: number;
  readonly train: ShapesDataset;
  readonly test: ShapesDataset;
}

export const bench: Bench = async (args, host) => {
  using engine = await Engine.create();
  const [seeds, epochs, pictures] = [
    numberAfter(args, "--seeds") ?? 3,
    numberAfter(args, "--epochs") ?? 6,
    numberAfter(args, "--pictures") ?? 2400,
  ];
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1] : undefined;
  host.print(`${host.lane}: ${engine.adapter.name}, ${seeds} seeds, ${epochs} epochs of ${pictures} pictures`);
  const table = new Table(host);
  const wants = (part: string) => only === undefined || only === part;
  const [train, test] = [kept({ seed: "train", count: pictures }), kept({ seed: "test", count: testPictures })];
  for (let seed = 0; seed < seeds; seed++) {
    const study = { engine, table, seed, epochs, train, test };
    if (wants("pooling") || wants("acol")) {
      using gap = await pooled(study, "gap");
      const half = { ...study, epochs: Math.ceil(epochs / 2) };
      if (wants("acol")) for (const loss of [undefined, acolLoss()]) await twoHeads(half, gap, loss);
    }
    if (wants("pooling")) for (const head of ["gmp", "lse"] as const) (await pooled(study, head)).dispose();
    if (wants("multi")) await multiLabel(study, pictures);
  }
  table.printMeans();
};

/** Pictures are drawn once, and kept. */
function kept(options: { readonly seed: string; readonly count: number; readonly objects?: 1 | 2 }): ShapesDataset {
  const data = shapesDataset(options);
  const seen: ReturnType<Dataset["get"]>[] = [];
  const get = (index: number) => {
    const known = seen[index] ?? data.get(index);
    seen[index] = known;
    return known;
  };
  return { ...data, get };
}

function backbone(engine: Engine, seed: number): Model {
  const convolution = { padding: "same", use_bias: false, kernel_initializer: "he_normal" };
  const block = (name: string, filters: number) => [
    ["Conv2D", { name, filters, kernel_size: 3, ...convolution }],
    ["BatchNormalization", { name: `${name}_norm`, momentum: 0.9 }],
    ["Activation", { name: `${name}_relu`, activation: "relu" }],
  ];
  const layers = [
    ["InputLayer", { name: "picture", batch_input_shape: [null, ...shape] }],
    ["Rescaling", { name: "centre", scale: 2, offset: -1 }],
    ...block("conv_1", 16),
    ["MaxPooling2D", { name: "half", pool_size: 2 }],
    ...block("conv_2", 32),
    ["MaxPooling2D", { name: "quarter", pool_size: 2 }],
    ...block("conv_3", 48),
  ].map(([class_name, config]) => ({ class_name, config }));
  const model = Model.fromConfig(engine, { class_name: "Sequential", config: { name: "shapes", layers } });
  initialize(model, { seed });
  return model;
}

/** Trains a model, and tells how it does on the test pictures and how long a step took. */
async function trained(model: Model, study: Study, loss: LossName | Loss): Promise<Row> {
  const { seed, epochs, train, test } = study;
  const steps = epochs * Math.ceil(train.length / batchSize);
  const learningRate = cosineDecay({ learningRate: 3e-3, steps });
  using trainer = new Trainer(model, { loss, seed, optimizer: (weights) => adam(weights, { learningRate }) });
  const start = performance.now();
  await fitModel(trainer, train, { epochs, batchSize, seed });
  const ms = (performance.now() - start) / steps;
  const { accuracy } = await evaluate(model, test, { loss });
  return { ...(accuracy === undefined ? {} : { accuracy }), "ms/step": ms };
}

async function pooled(study: Study, head: "gap" | "gmp" | "lse"): Promise<Model> {
  const { engine, seed, test, table } = study;
  using base = backbone(engine, seed);
  const model = withHead(base, { head, classes, seed });
  const row = await trained(model, study, "softmax");
  const score = new Score();
  for (const { label, indices } of groups(test)) {
    const pictures = await Promise.all(indices.map(async (i) => engine.tensor((await test.get(i)).x, [1, ...shape])));
    using run = explain(model, pictures);
    const target = classLogit(label);
    // but for a factor and its ReLU, Grad-CAM is CAM, which is not defined for log-sum-exp
    const maps = await (head === "lse" ? run.gradCam({ target }) : run.cam({ target }));
    for (const [i, index] of indices.entries()) score.update(maps[i]?.raw, objectOf(test, index));
    for (const picture of pictures) picture.dispose();
  }
  table.add(head, { seed, row: { ...row, ...score.row() } });
  return model;
}

/** @param loss ACoL's, or none for head A alone */
async function twoHeads(study: Study, base: Model, loss: Loss | undefined): Promise<void> {
  const { engine, seed, test, table } = study;
  using model = withAcolHeads(base, { classes, filters: [], seed });
  const row = await trained(model, study, loss ?? "softmax");
  const scores = { a: new Score(), b: new Score(), map: new Score() };
  for (const { label, indices } of groups(test)) {
    const samples = await Promise.all(indices.map((i) => test.get(i)));
    using x = engine.tensor(Float32Array.from(samples.flatMap((sample) => [...sample.x])), [indices.length, ...shape]);
    const maps = await acolMaps(model, x, { labels: new Int32Array(indices.length).fill(label) });
    for (const which of ["a", "b", "map"] as const)
      for (const [i, index] of indices.entries()) scores[which].update(maps[i]?.[which], objectOf(test, index));
  }
  const named: readonly (readonly [string, Score])[] = loss
    ? [["acol, head a", scores.a] as const, ["acol, head b", scores.b] as const, ["acol", scores.map] as const]
    : [["one head", scores.a]];
  for (const [name, score] of named) table.add(name, { seed, row: { ...row, ...score.row() } });
}

/** A sigmoid for each class, the losses summed over classes, maxima over positions: Oquab et al. 2015. */
async function multiLabel(study: Study, count: number): Promise<void> {
  const { engine, seed, table } = study;
  const test = kept({ seed: "test", count: testPictures, objects: 2 });
  using base = backbone(engine, seed);
  using model = withHead(base, { head: "gmp", classes, activation: "sigmoid", seed });
  const row = await trained(model, { ...study, train: kept({ seed: "train", count, objects: 2 }), test }, "sigmoid");
  const precision = new MeanAveragePrecision(classes);
  await evaluate(model, test, { loss: "sigmoid", onBatch: (logits, { y }) => precision.update(logits, y) });
  const score = new Score();
  const rule = oquabRule({ margin: 5 }); // 18 pixels of 224, in 64
  for (let index = 0; index < test.length; index++) {
    using x = engine.tensor((await test.get(index)).x, [1, ...shape]);
    using run = explain(model, x);
    for (const object of test.scene(index).objects) {
      const { raw } = await run.cam({ target: classLogit(object.classIndex) });
      score.update(raw, object);
      rule.update({ map: raw, boxes: [object.box], size });
    }
  }
  table.add("multi", { seed, row: { ...row, mAP: precision.value, "in box": rule.summary().mean, ...score.row() } });
}

/** Some test pictures of one class each. */
function groups({ length }: ShapesDataset): { label: number; indices: number[] }[] {
  return Array.from({ length: classes }, (_, label) => {
    const own = Array.from({ length }, (_, i) => i).filter((i) => i % classes === label);
    const count = Math.ceil(own.length / together);
    return Array.from({ length: count }, (_, k) => ({ label, indices: own.slice(k * together, (k + 1) * together) }));
  }).flat();
}

function objectOf(data: ShapesDataset, index: number): ShapesObject {
  const [object] = data.scene(index).objects;
  if (!object) throw new RangeError(`picture ${index} has no object`);
  return object;
}
