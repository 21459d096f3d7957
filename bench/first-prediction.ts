// From a Keras weights file to the first prediction in a fresh process, against what cannot be saved: reading the file's
// bytes and one forward pass with everything compiled. node bench/run.mjs LANE bench/first-prediction.ts MODEL FILE
import { Engine, loadWeights, resnet50, vgg16 } from "../src/index.ts";
import type { Bench } from "./host.ts";

const applications = { vgg16, resnet50 };
const pieceBytes = 2 * 1024 * 1024;
const repetitions = 5;

export const bench: Bench = async ([name = "", path = ""], host) => {
  const make = Object.entries(applications).find(([known]) => known === name)?.[1];
  if (!make) throw new Error(`MODEL is ${Object.keys(applications).join(" or ")}, got "${name}"`);
  const laps: [string, number][] = [];
  let last = performance.now();
  const lap = (what: string) => {
    const now = performance.now();
    laps.push([what, now - last]);
    last = now;
  };
  using engine = await Engine.create();
  lap("adapter and device");
  const source = await host.open(path);
  using model = make(engine);
  await loadWeights(model, source);
  await engine.finish();
  lap("load");
  using x = engine.tensor(new Float32Array(224 * 224 * 3), [1, 224, 224, 3]);
  const predict = async () => {
    using y = model.forward(x);
    await y.read();
  };
  await predict();
  lap("first forward pass, with compiling");
  const cold = laps.reduce((sum, [, ms]) => sum + ms, 0);

  const again = await host.open(path);
  last = performance.now();
  const length = Math.min(pieceBytes, again.size);
  for (let offset = 0; offset + length <= again.size; offset += length) again.read(offset, length);
  again.close();
  lap("reading the file");
  const reading = laps.at(-1)?.[1] ?? 0;
  const passes: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    last = performance.now();
    await predict();
    passes.push(performance.now() - last);
  }
  const forward = Math.min(...passes);
  laps.push([`forward pass, least of ${repetitions}`, forward]);

  host.print(`${host.lane}: ${engine.adapter.name}, ${name}`);
  for (const [what, ms] of laps) host.print(`${what.padEnd(36)} ${(ms / 1000).toFixed(3).padStart(7)} s`);
  const ratio = cold / (reading + forward);
  host.print(`file to prediction ${(cold / 1000).toFixed(3)} s = ${ratio.toFixed(2)} x (reading + forward pass)`);
};
