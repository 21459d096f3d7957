// What explanations cost, in forward passes: node bench/run.mjs LANE bench/explain.ts [--runs R] [--only PART] [--leak N]
// ResNet50 with hashed weights at 224 x 224. Each line is a recorded forward pass, methods asked of one, or both together; a
// time is the least of R (3), from the first command to the read-back. PART is part of a line's name. --leak N: N
// explanations of a small network in a row instead, after which the engine must hold what it held before.
import { classLogit, Engine, explain, Model, type Run, resnet50, type Target, type Tensor } from "../src/index.ts";
import { withHashWeights } from "../test/golden/hash-model.ts";
import { hashWeight } from "../test/support/hash-weights.ts";
import { numberAfter } from "./arguments.ts";
import type { Bench, BenchHost } from "./host.ts";
import { reportLeak } from "./memory.ts";

type Ask = (run: Run, target: Target) => Promise<unknown>;

/** Methods of one forward pass and at most one walk back to the layer or the input. */
const singlePass: Readonly<Record<string, Ask>> = {
  "Grad-CAM": (run, target) => run.gradCam({ target }),
  "Grad-CAM++": (run, target) => run.gradCamPlusPlus({ target }),
  "XGrad-CAM": (run, target) => run.xGradCam({ target }),
  HiResCAM: (run, target) => run.hiResCam({ target }),
  LayerCAM: (run, target) => run.layerCam({ target }),
  "Eigen-CAM": (run, target) => run.eigenCam({ target }),
  "EigenGrad-CAM": (run, target) => run.eigenGradCam({ target }),
  saliency: (run, target) => run.saliency({ target }),
  "input x gradient": (run, target) => run.inputXGradient({ target }),
  deconvnet: (run, target) => run.deconvnet({ target }),
  "guided backpropagation": (run, target) => run.guidedBackprop({ target }),
  "Guided Grad-CAM": (run, target) => run.guidedGradCam({ target }),
  FullGrad: (run, target) => run.fullGrad({ target }),
};
const classes = [285, 281, 967, 207, 3];
const mostForSet = 4.5;
const mostForFive = 2.5;

export const bench: Bench = async (args, host) => {
  using engine = await Engine.create();
  const leak = numberAfter(args, "--leak");
  if (leak === undefined)
    await costs(engine, host, { runs: numberAfter(args, "--runs") ?? 3, only: wordAfter(args, "--only") });
  else await leaks(engine, host, leak);
};

function wordAfter(args: readonly string[], name: string): string {
  const at = args.indexOf(name);
  return at < 0 ? "" : (args[at + 1] ?? "");
}

async function costs(engine: Engine, host: BenchHost, { runs, only }: { runs: number; only: string }): Promise<void> {
  using model = withHashWeights(resnet50(engine));
  const shape = [1, 224, 224, 3];
  using x = engine.tensor(hashWeight("resnet50", "input", shape), shape);
  host.print(`${host.lane}: ${engine.adapter.name}, ${model.name}, least of ${runs}`);
  const forward = await least(runs, () => forwardMs(engine, model, x));
  const line = (what: string, ms: number, note = "") =>
    host.print(
      `${what.padEnd(34)} ${ms.toFixed(1).padStart(9)} ms ${(ms / forward).toFixed(2).padStart(6)} forward passes${note}`,
    );
  line("recorded forward pass", forward);
  const asked = (ask: Ask) => least(runs, () => askMs(engine, explain(model, x), ask));
  const all = together(Object.values(singlePass));
  const lines: Readonly<Record<string, () => Promise<readonly [ms: number, note?: string]>>> = {
    ...Object.fromEntries(Object.entries(singlePass).map(([name, ask]) => [name, async () => [await asked(ask)]])),
    "all of them, one recording": async () => [await asked(all)],
    "all of them and the recording": async () => {
      const ms = await least(runs, () => recordAndAskMs(engine, () => explain(model, x), all));
      return [ms, verdict(ms / forward, mostForSet)];
    },
    "Grad-CAM, 5 classes": () => fiveClasses(asked, (run, target) => run.gradCam({ target })),
    "saliency, 5 classes": () => fiveClasses(asked, (run, target) => run.saliency({ target })),
  };
  for (const [name, time] of Object.entries(lines)) if (name.includes(only)) line(name, ...(await time()));
}

function together(asks: readonly Ask[]): Ask {
  return (run, target) => Promise.all(asks.map((ask) => ask(run, target)));
}

/** Five classes in one walk back against one class; each target is new, so that nothing is remembered. */
async function fiveClasses(
  asked: (ask: Ask) => Promise<number>,
  ask: (run: Run, target: Target | readonly Target[]) => Promise<unknown>,
): Promise<readonly [number, string]> {
  const single = await asked((run) => ask(run, classLogit(classes[0] ?? 0)));
  const batched = await asked((run) =>
    ask(
      run,
      classes.map((index) => classLogit(index)),
    ),
  );
  const times = batched / single;
  return [batched, `, ${times.toFixed(2)} single ones${verdict(times, mostForFive)}`];
}

function verdict(times: number, most: number): string {
  return times <= most ? ` (at most ${most} wanted)` : ` (MORE THAN ${most})`;
}

/** The first call compiles and does not count. */
async function least(runs: number, time: () => Promise<number>): Promise<number> {
  await time();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) best = Math.min(best, await time());
  return best;
}

async function forwardMs(engine: Engine, model: Model, x: Tensor): Promise<number> {
  await engine.finish();
  const start = performance.now();
  using _run = explain(model, x);
  await engine.finish();
  return performance.now() - start;
}

async function askMs(engine: Engine, run: Run, ask: Ask): Promise<number> {
  try {
    await engine.finish();
    const start = performance.now();
    await ask(run, classLogit(classes[0] ?? 0));
    return performance.now() - start;
  } finally {
    run.dispose();
  }
}

async function recordAndAskMs(engine: Engine, record: () => Run, ask: Ask): Promise<number> {
  await engine.finish();
  const start = performance.now();
  using run = record();
  await ask(run, classLogit(classes[0] ?? 0));
  return performance.now() - start;
}

/** Every method in turn, the sampling ones with few samples. */
const everyMethod: readonly Ask[] = [
  ...Object.values(singlePass),
  together(Object.values(singlePass)),
  (run, target) => run.gradCam({ target: [target, classLogit(1)] }),
  (run, target) => run.gradCam({ target, counterfactual: true }),
  (run) => run.cam(),
  (run, target) => run.scoreCam({ target }),
  (run, target) => run.ablationCam({ target }),
  (run, target) => run.smoothGrad({ target, samples: 3 }),
  (run, target) => run.integratedGradients({ target, steps: 4 }),
  (run, target) => run.rectGrad({ target }),
  (run, target) => run.lrp({ target }),
  (run, target) => run.occlusion({ target }),
  (run, target) => run.rise({ target, masks: 6 }),
  (run, target) => run.flow({ target, layer: "input", rule: "guided" }),
  (run) => run.sweep(),
];

async function leaks(engine: Engine, host: BenchHost, count: number): Promise<void> {
  const layers = [
    ["InputLayer", { name: "image", batch_input_shape: [null, 16, 16, 3] }],
    ["Conv2D", { name: "conv_1", filters: 8, kernel_size: 3, activation: "relu" }],
    ["MaxPooling2D", { name: "pool", pool_size: 2 }],
    ["Conv2D", { name: "conv_2", filters: 12, kernel_size: 3, activation: "relu" }],
    ["GlobalAveragePooling2D", { name: "average" }],
    ["Dense", { name: "scores", units: 5, activation: "softmax" }],
  ].map(([class_name, config]) => ({ class_name, config }));
  using model = withHashWeights(
    Model.fromConfig(engine, { class_name: "Sequential", config: { name: "small", layers } }),
  );
  model.preprocessing = "raw";
  using x = engine.tensor(hashWeight("small", "input", [1, 16, 16, 3]), [1, 16, 16, 3]);
  const once = async (i: number) => {
    using run = explain(model, x);
    await everyMethod[i % everyMethod.length]?.(run, classLogit(i % 5));
  };
  // whatever is made once and kept is made in the first round
  for (let i = 0; i < everyMethod.length; i++) await once(i);
  const before = engine.memory();
  const start = performance.now();
  for (let i = 0; i < count; i++) await once(i);
  const ms = (performance.now() - start) / count;
  const after = engine.memory();
  host.print(`${host.lane}: ${engine.adapter.name}, ${count} explanations, ${ms.toFixed(1)} ms each`);
  reportLeak(host, { before, after });
}
