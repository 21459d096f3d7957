// Ablation-CAM and Score-CAM by activation, which run only what lies after the layer, against as many passes of the whole
// network: node bench/run.mjs LANE bench/explain-replay.ts MODEL FILE.h5 [LAYER...]
// FILE may be the real one (`backlight weights path vgg16`) or one of tools/golden/hash_h5.py: the work is the same.
import { Engine, explain, loadWeights, type Model, type Run, resnet50, vgg16 } from "../src/index.ts";
import type { Bench } from "./host.ts";

const applications = {
  vgg16: { make: vgg16, layers: ["block5_conv3", "block5_conv1"] },
  resnet50: { make: resnet50, layers: ["conv5_block3_out", "conv5_block2_out"] },
};
/** Pictures in a pass of the whole network, in place of which the layers after a layer are to run; the best counts. */
const batches = [1, 4];
const repetitions = 2;
/** A method of more channels than it takes so long for is stopped, and its time scaled up. */
const mostMs = 30_000;

export const bench: Bench = async ([name = "", path = "", ...layers], host) => {
  const application = Object.entries(applications).find(([known]) => known === name)?.[1];
  if (!application) throw new Error(`MODEL is ${Object.keys(applications).join(" or ")}, got "${name}"`);
  using engine = await Engine.create();
  host.print(`${host.lane}: ${engine.adapter.name}, ${name}`);
  using model = application.make(engine);
  await loadWeights(model, await host.open(path));
  using x = engine.tensor(picture(1), [1, 224, 224, 3]);
  using run = explain(model, x);
  const wholeMs = await wholePassMs(model);
  host.print(`whole network: ${wholeMs.toFixed(1)} ms a picture`);
  for (const layer of layers.length > 0 ? layers : application.layers)
    for (const [method, ask] of methods(run, layer)) {
      const { channels, eachMs } = await channelMs(ask);
      host.print(
        `${layer}, ${method}: ${channels} channels, ${eachMs.toFixed(2)} ms each, ` +
          `${((channels * eachMs) / 1000).toFixed(1)} s together; ${(wholeMs / eachMs).toFixed(1)} x as fast`,
      );
    }
};

interface AskOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}
type Ask = (options: AskOptions) => Promise<unknown>;

function methods(run: Run, layer: string): readonly (readonly [string, Ask])[] {
  return [
    ["Ablation-CAM", (options) => run.ablationCam({ layer, ...options })],
    ["Score-CAM by activation", (options) => run.scoreCam({ layer, by: "activation", ...options })],
  ];
}

/** Time of one channel, of those that came after the first batch, which compiles. */
async function channelMs(ask: Ask): Promise<{ channels: number; eachMs: number }> {
  const stop = new AbortController();
  const laps: { done: number; at: number }[] = [];
  let channels = 0;
  const onProgress = (done: number, total: number) => {
    channels = total;
    laps.push({ done, at: performance.now() });
    if (performance.now() - (laps[0]?.at ?? 0) > mostMs) stop.abort();
  };
  await ask({ signal: stop.signal, onProgress }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const [first, last] = [laps[0], laps.at(-1)];
  if (!first || !last || first === last) throw new Error("fewer than two batches of channels: nothing to time");
  return { channels, eachMs: (last.at - first.at) / (last.done - first.done) };
}

/** Least time of one picture. */
async function wholePassMs(model: Model): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const count of batches) {
    using x = model.engine.tensor(picture(count), [count, 224, 224, 3]);
    for (let i = 0; i <= repetitions; i++) {
      const start = performance.now();
      using _y = model.forward(x);
      await model.engine.finish();
      // the first compiles
      if (i > 0) least = Math.min(least, (performance.now() - start) / count);
    }
  }
  return least;
}

/** Pixel values of no meaning, the same everywhere. */
function picture(count: number): Float32Array {
  return Float32Array.from({ length: count * 224 * 224 * 3 }, (_, i) => ((i * 7919) % 255) - 128);
}
