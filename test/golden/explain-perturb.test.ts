// Perturbation methods against pytorch-grad-cam, captum and xplique: tools/golden/explain_perturb.py says how.
import { beforeAll, describe, expect, it } from "vitest";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { HeatMap } from "../../src/explain/heat-map.ts";
import { classLogit, classProbability } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadWeights } from "../../weights/load.ts";
import { loadFixtureModel } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";
import { Golden } from "./golden.ts";
import { inputOf } from "./input.ts";

interface Weighed {
  readonly weights: string;
  readonly map: string;
}
interface PerturbGolden {
  readonly cams: readonly {
    readonly fixture: string;
    readonly layer: string;
    readonly index: number;
    /** Channels of one value everywhere. */
    readonly flat: readonly number[];
    readonly ablation: Weighed;
    readonly score: Weighed;
    readonly scoreHalfPixel: Weighed;
  }[];
  readonly occlusions: readonly {
    readonly fixture: string;
    readonly index: number;
    readonly window: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly fill: readonly number[];
    readonly map: string;
  }[];
}
interface KerasGolden {
  readonly tiles: {
    readonly fixture: string;
    readonly index: number;
    readonly side: number;
    readonly fill: number;
    readonly map: string;
  };
  readonly rise: readonly {
    readonly fixture: string;
    readonly index: number;
    readonly count: number;
    readonly epsilon: number;
    readonly masks: string;
    readonly map: string;
  }[];
}

/** What the libraries and we differ by, over the largest value: rounding of float32. Reached: 5e-6. */
const MOST = 2e-5;

const host = useEngine();
let golden: PerturbGolden;
let keras: KerasGolden;

beforeAll(async () => {
  golden = (await readJsonFixture("golden/explain/perturb.json")) as PerturbGolden;
  keras = (await readJsonFixture("golden/explain/perturb-keras.json")) as KerasGolden;
});

async function modelOf(engine: Engine, name: string): Promise<Model> {
  if (name !== "vgg-like") return loadFixtureModel(engine, name);
  const model = Model.fromConfig(engine, await readJsonFixture("fixtures/models/vgg-like.json"));
  await loadWeights(model, bytesSource(await readFixture("fixtures/models/vgg-like-weights.h5"), "vgg-like.h5"));
  return model;
}

async function withFixture(name: string, body: (run: Run) => Promise<void>): Promise<void> {
  using model = await modelOf(host.engine, name);
  const facts = await Golden.read(`fixtures/${name}`);
  using x = host.engine.tensor(inputOf(model, facts), [1, ...facts.facts.input.shape]);
  using run = explain(model, x);
  await body(run);
}

/** @param options.flat channels whose masks are 0 everywhere: the library lets them take part in the softmax, where they
 *        lower the weights of the others; here they do not */
function expectWeighed(
  found: HeatMap,
  wanted: Weighed,
  { flat = [], what }: { flat?: readonly number[]; what: string },
): void {
  const weights = float32FromBase64(wanted.weights);
  const rest = flat.reduce((left, k) => left - (weights[k] ?? 0), 1);
  for (const k of flat) weights[k] = 0;
  const scaled = (values: Float32Array) => values.map((value) => value * rest);
  expect(relativeError(scaled(found.alpha), weights), `weights, ${what}`).toBeLessThanOrEqual(MOST);
  expect(relativeError(scaled(found.raw.data), float32FromBase64(wanted.map)), what).toBeLessThanOrEqual(MOST);
}

function expectMap(found: HeatMap, wanted: string, what: string): void {
  expect(relativeError(found.raw.data, float32FromBase64(wanted)), what).toBeLessThanOrEqual(MOST);
}

it("pytorch-grad-cam: Ablation-CAM, and Score-CAM with the library's resize and with half-pixel's", async () => {
  for (const { fixture, layer, index, flat, ablation, ...cams } of golden.cams)
    await withFixture(fixture, async (run) => {
      const asked = { layer, target: classLogit(index) };
      expectWeighed(await run.ablationCam(asked), ablation, { what: `ablation, ${fixture} ${layer}` });
      for (const resize of ["align-corners", "half-pixel"] as const) {
        const wanted = resize === "half-pixel" ? cams.scoreHalfPixel : cams.score;
        expectWeighed(await run.scoreCam({ ...asked, resize }), wanted, {
          flat,
          what: `${resize}, ${fixture} ${layer}`,
        });
      }
    });
});

it("captum: occlusion by windows that overlap and are cut off at the border", async () => {
  for (const { fixture, index, window, stride, fill, map } of golden.occlusions)
    await withFixture(fixture, async (run) => {
      const size = ([height, width]: readonly [number, number]) => ({ height, width });
      const options = { window: size(window), stride: size(stride), fill };
      expectMap(await run.occlusion({ target: classLogit(index), ...options }), map, fixture);
    });
});

describe("xplique", () => {
  it("occlusion by windows side by side", async () => {
    const { fixture, index, side, fill, map } = keras.tiles;
    await withFixture(fixture, async (run) => {
      const options = { window: side, stride: side, fill };
      expectMap(await run.occlusion({ target: classProbability(index), ...options }), map, fixture);
    });
  });

  it("RISE under the same masks, but for its denominator", async () => {
    for (const { fixture, index, count, epsilon, masks: text, map } of keras.rise)
      await withFixture(fixture, async (run) => {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const [, height = 0, width = 0] = run.input.shape;
        const masks = Array.from({ length: count }, (_, i) => ({
          width,
          height,
          data: Float32Array.from(bytes.subarray(i * width * height, (i + 1) * width * height), (v) => v / 255),
        }));
        const { raw } = await run.rise({ target: classProbability(index), masks, probability: 0.25, batch: 5 });
        // the library divides by the masks' sum at each pixel where the paper divides by N p
        const divided = raw.data.map((value, at) => {
          const sum = masks.reduce((total, { data }) => total + (data[at] ?? 0), 0);
          return (value * count * 0.25) / (sum + epsilon);
        });
        expect(relativeError(divided, float32FromBase64(map)), fixture).toBeLessThanOrEqual(MOST);
      });
  });
});
