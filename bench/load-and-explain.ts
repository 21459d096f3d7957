// Time and memory from a Keras weights file to Grad-CAM: node bench/run.mjs LANE bench/load-and-explain.ts MODEL FILE.h5
// FILE may be the real one (`backlight weights path vgg16`) or one of tools/golden/hash_h5.py: the work is the same.
import { Engine, explain, loadWeights, type Model, type Run, resnet50, vgg16 } from "../src/index.ts";
import type { Bench, BenchHost } from "./host.ts";

const applications: Readonly<Record<string, (engine: Engine) => Model>> = { vgg16, resnet50 };
const repetitions = 3;

export const bench: Bench = async ([name = "", path = ""], host) => {
  const make = applications[name];
  if (!make) throw new Error(`MODEL is ${Object.keys(applications).join(" or ")}, got "${name}"`);
  const report = reporter(host);
  const engine = await Engine.create();
  host.print(`${host.lane}: ${engine.adapter.name}, ${name}`);
  await report("start");

  const source = await host.open(path);
  const model = make(engine);
  await loadWeights(model, source);
  await engine.finish();
  source.close();
  await report("load weights");

  using x = engine.tensor(picture(), [1, 224, 224, 3]);
  for (let i = 0; i < repetitions; i++) {
    const run = explain(model, x);
    await run.gradCam();
    await report(i === 0 ? "Grad-CAM, first (compiles)" : "Grad-CAM again");
    if (i === repetitions - 1) await allMethods(run, report);
    run.dispose();
  }
  const counts = engine.memory();
  host.print(`buffers: ${megabytes(counts.liveBytes)} live, ${megabytes(counts.peakBytes)} at most`);
};

async function allMethods(run: Run, report: (phase: string) => Promise<void>): Promise<void> {
  await Promise.all([run.gradCam(), run.guidedBackprop(), run.deconvnet(), run.saliency(), run.guidedGradCam()]);
  await report("five methods on that recording");
}

/** Pixel values of no meaning, the same everywhere. */
function picture(): Float32Array {
  return Float32Array.from({ length: 224 * 224 * 3 }, (_, i) => ((i * 7919) % 255) - 128);
}

function reporter(host: BenchHost): (phase: string) => Promise<void> {
  let last = performance.now();
  return async (phase) => {
    const seconds = ((performance.now() - last) / 1000).toFixed(2);
    const memory = await host.memory();
    const use = memory ? `   now ${megabytes(memory.nowBytes)}, peak ${megabytes(memory.peakBytes)}` : "";
    host.print(`${phase.padEnd(32)} ${seconds.padStart(7)} s${use}`);
    last = performance.now();
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0).padStart(5)} MB`;
}
