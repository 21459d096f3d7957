// Time and memory from a file to a model's weights on the GPU: node bench/run.mjs LANE bench/load.ts MODEL FILE...
// MODEL is for files without an architecture; the first load of a process also starts what reads the file. A file to
// compare with: backlight weights convert MODEL FILE.safetensors --weights FILE.h5
import { Engine, loadModel, loadWeights, type Model, resnet50, vgg16 } from "../src/index.ts";
import { openModelFile } from "../weights/open.ts";
import type { Bench, BenchHost } from "./host.ts";

const applications: Readonly<Record<string, (engine: Engine) => Model>> = { vgg16, resnet50 };
const repetitions = 3;

export const bench: Bench = async ([name = "", ...paths], host) => {
  const make = applications[name];
  if (!make) throw new Error(`MODEL is ${Object.keys(applications).join(" or ")}, got "${name}"`);
  using engine = await Engine.create();
  host.print(`${host.lane}: ${engine.adapter.name}, ${name}`);
  for (const path of paths) {
    const hasConfig = await saysArchitecture(host, path);
    for (let i = 0; i < repetitions; i++) {
      const start = performance.now();
      using model = hasConfig ? await loadModel(engine, await host.open(path)) : make(engine);
      if (!hasConfig) await loadWeights(model, await host.open(path));
      await engine.finish();
      const seconds = (performance.now() - start) / 1000;
      const memory = await host.memory();
      const use = memory ? `   now ${megabytes(memory.nowBytes)}, peak ${megabytes(memory.peakBytes)}` : "";
      host.print(`${i === 0 ? "first load" : "again     "} ${seconds.toFixed(3).padStart(8)} s${use}   ${path}`);
    }
  }
};

async function saysArchitecture(host: BenchHost, path: string): Promise<boolean> {
  const file = await openModelFile(await host.open(path));
  file.close();
  return file.config !== undefined;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0).padStart(5)} MB`;
}
