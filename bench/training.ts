// What training costs: node bench/run.mjs LANE bench/training.ts [--steps R] [--batch N] [--large] [--leak N]
// The MNIST network with Adam: least and middle time of R (5) steps of N (64) pictures, from the batch in memory to the loss
// that was read. --large: the most memory held in steps of ResNet50 and VGG16 with hashed weights at 224 x 224, by SGD with
// momentum, N (8) pictures a step, with and without recomputing. --leak N: N steps of a small network with dropout and batch
// norm instead, after which the engine must hold what it held before.
import {
  adam,
  application,
  type Batch,
  Engine,
  initialize,
  Model,
  mnist,
  sgd,
  Trainer,
  type TrainerOptions,
  uniform,
} from "../src/index.ts";
import { withHashWeights } from "../test/golden/hash-model.ts";
import { numberAfter } from "./arguments.ts";
import type { Bench, BenchHost } from "./host.ts";
import { reportLeak } from "./memory.ts";

export const bench: Bench = async (args, host) => {
  using engine = await Engine.create();
  const leak = numberAfter(args, "--leak");
  if (leak !== undefined) return await leaks(engine, host, leak);
  const rows = numberAfter(args, "--batch");
  if (args.includes("--large")) await memoryOfLarge(engine, host, rows ?? 8);
  else await mnistSteps(engine, host, { rows: rows ?? 64, steps: numberAfter(args, "--steps") ?? 5 });
};

function batchOf(seed: number, rows: number, model: Model): Batch {
  const shape = [rows, ...model.inputShape.slice(1).map(Number)];
  const size = shape.reduce((product, extent) => product * extent, 1);
  const indices = Int32Array.from({ length: rows }, (_, row) => row);
  return { x: uniform(seed, size), shape, y: indices.map((row) => (row + seed) % 5), indices };
}

async function mnistSteps(
  engine: Engine,
  host: BenchHost,
  { rows, steps }: { rows: number; steps: number },
): Promise<void> {
  using model = mnist(engine, "dense");
  initialize(model, { seed: 1 });
  using trainer = new Trainer(model, { optimizer: (weights) => adam(weights) });
  // the first compiles
  await trainer.step(batchOf(0, rows, model));
  const times: number[] = [];
  for (let i = 1; i <= steps; i++) {
    const batch = batchOf(i, rows, model);
    const start = performance.now();
    await trainer.step(batch);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [least = 0, middle = 0] = [times[0], times[Math.floor(steps / 2)]];
  host.print(
    `${host.lane}: ${engine.adapter.name}, MNIST network, ${rows} pictures a step: least ${least.toFixed(1)} ms, ` +
      `middle ${middle.toFixed(1)} ms of ${steps} steps, ${((1000 * rows) / middle).toFixed(0)} pictures/s`,
  );
}

async function memoryOfLarge(engine: Engine, host: BenchHost, rows: number): Promise<void> {
  host.print(`${host.lane}: ${engine.adapter.name}, ${rows} pictures of 224 x 224 a step`);
  for (const name of ["ResNet50", "VGG16"]) {
    using model = withHashWeights(application(engine, name));
    const batch = batchOf(1, rows, model);
    for (const recompute of [true, false]) {
      using trainer = new Trainer(model, { optimizer: (weights) => sgd(weights, { momentum: 0.9 }), recompute });
      engine.pool.resetPeak();
      const start = performance.now();
      const { loss } = await trainer.step(batch);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const { liveBytes, peakBytes } = engine.memory();
      const [between, most] = [liveBytes, peakBytes].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`);
      const how = recompute ? "recomputing" : "keeping all";
      host.print(`${name}, ${how}: ${most} at most, ${between} between steps; loss ${loss.toFixed(4)}, ${seconds} s`);
    }
  }
}

async function leaks(engine: Engine, host: BenchHost, count: number): Promise<void> {
  const layers = [
    ["InputLayer", { name: "image", batch_input_shape: [null, 8, 8, 3] }],
    ["Conv2D", { name: "conv_1", filters: 6, kernel_size: 3, activation: "relu" }],
    ["BatchNormalization", { name: "norm" }],
    ["MaxPooling2D", { name: "pool", pool_size: 2 }],
    ["Conv2D", { name: "conv_2", filters: 8, kernel_size: 3, activation: "relu" }],
    ["Flatten", { name: "flat" }],
    ["Dropout", { name: "drop", rate: 0.3 }],
    ["Dense", { name: "scores", units: 5, activation: "softmax" }],
  ].map(([class_name, config]) => ({ class_name, config }));
  using model = Model.fromConfig(engine, { class_name: "Sequential", config: { name: "small", layers } });
  initialize(model, { seed: 1 });
  const options: TrainerOptions = { optimizer: (weights) => adam(weights, { clipNorm: 1 }) };
  using plain = new Trainer(model, options);
  using thrifty = new Trainer(model, { ...options, recompute: true, accumulate: 2 });
  const once = async (i: number) => await (i % 2 === 0 ? plain : thrifty).step(batchOf(i % 7, 4, model));
  for (let i = 0; i < 4; i++) await once(i);
  const before = engine.memory();
  const start = performance.now();
  for (let i = 0; i < count; i++) await once(i);
  const ms = (performance.now() - start) / count;
  const after = engine.memory();
  host.print(`${host.lane}: ${engine.adapter.name}, ${count} steps, ${ms.toFixed(1)} ms each`);
  reportLeak(host, { before, after });
}
