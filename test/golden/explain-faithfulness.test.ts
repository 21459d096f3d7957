// The faithfulness metrics against pytorch-grad-cam (ROAD, by its authors' code), captum, scikit-image and scipy.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain, type Run } from "../../src/explain/explain.ts";
import { perPixel, ranking } from "../../src/explain/faithfulness/attribution.ts";
import { averageDrop } from "../../src/explain/faithfulness/average-drop.ts";
import { deletion } from "../../src/explain/faithfulness/deletion.ts";
import { imputed } from "../../src/explain/faithfulness/impute.ts";
import { infidelity } from "../../src/explain/faithfulness/infidelity.ts";
import { insertion } from "../../src/explain/faithfulness/insertion.ts";
import { maxSensitivity } from "../../src/explain/faithfulness/max-sensitivity.ts";
import { road } from "../../src/explain/faithfulness/road.ts";
import { classLogit, classProbability } from "../../src/explain/targets.ts";
import type { FloatMap } from "../../src/image/types.ts";
import type { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { openFixture } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { largest, relativeError } from "./compare.ts";

interface CurveGolden {
  readonly scores: readonly number[];
  readonly auc: number;
}

interface NetworkGolden {
  readonly target: number;
  readonly before: number;
  readonly map: { readonly height: number; readonly width: number; readonly data: string };
  readonly road: {
    readonly percentiles: readonly number[];
    readonly morf: readonly number[];
    readonly lerf: readonly number[];
    readonly combined: number;
    readonly pictures: Readonly<Record<string, string>>;
  };
  readonly multiplied: number;
  readonly step: number;
  readonly insertion: CurveGolden;
  readonly deletion: CurveGolden;
  readonly infidelity: number;
  readonly scaled: number;
  readonly sensitivity: number;
}

interface FaithfulnessGolden {
  readonly networks: Readonly<Record<string, NetworkGolden>>;
}

const TOLERANCE = 1e-3;
const PERTURBATIONS = 6;

/** Probabilities are compared as they are: 1 is their scale. */
function close(actual: readonly number[], expected: readonly number[], what: string, scale = largest(expected)): void {
  expect(largest(expected), `${what}: all zeros prove nothing`).toBeGreaterThan(0);
  expect(relativeError(actual, expected, scale), what).toBeLessThanOrEqual(TOLERANCE);
}

describe.each(["residual", "lenet-mnist"])("%s", (name) => {
  useEngine();
  const at = {} as { model: Model; x: Tensor; run: Run; golden: NetworkGolden; map: FloatMap };
  beforeAll(async () => {
    const all = await readJsonFixture<FaithfulnessGolden>("golden/explain/faithfulness.json");
    const golden = all.networks[name];
    if (!golden) throw new Error(`no golden of ${name}`);
    Object.assign(at, await openFixture(await engineForTests(), name), { golden });
    at.map = { ...golden.map, data: float32FromBase64(golden.map.data) };
    at.run = explain(at.model, at.x);
    await at.run.predictions(1);
  });
  afterAll(() => {
    for (const one of [at.run, at.x, at.model]) one.dispose();
  });
  const perturbations = () =>
    Array.from({ length: PERTURBATIONS }, (_, i) =>
      hashWeight(`${name}/perturbation${i}`, "seed", at.x.shape.slice(1)).map((value) => value / 16),
    );

  it("ROAD's imputed pictures are the authors'", async () => {
    const [, height = 0, width = 0, channels = 0] = at.x.shape;
    const values = Float32Array.from((await at.model.engine.read([at.x]))[0] ?? []);
    const order = ranking(perPixel(at.map, { width, height }));
    const pictures = Object.entries(at.golden.road.pictures);
    expect(pictures.length).toBe(4);
    for (const [key, data] of pictures) {
      const [side, percentile] = key.split(" ");
      const count = Math.ceil((Number(percentile) / 100) * (order.length - 1));
      const kept = new Uint8Array(order.length);
      const stay = side === "morf" ? order.subarray(order.length - count) : order.subarray(0, count);
      for (const pixel of stay) kept[pixel] = 1;
      const actual = imputed({ values, width, height, channels }, kept, { noise: 0 });
      expect(relativeError(actual, float32FromBase64(data)), key).toBeLessThanOrEqual(1e-5);
    }
  });

  it("ROAD's scores are pytorch-grad-cam's", async () => {
    const { percentiles, morf, lerf, combined } = at.golden.road;
    const result = await road(at.run, at.map, { percentiles, noise: 0 });
    close([result.before], [at.golden.before], "score before");
    const changes = (side: "morf" | "lerf") => result.curve.map((point) => point[side] - result.before);
    close(changes("morf"), morf, "MoRF");
    close(changes("lerf"), lerf, "LeRF");
    close([result.combined], [combined], "combined");
    close([result.morf], [morf.reduce((a, b) => a + b, 0) / morf.length], "mean of MoRF");
  });

  it("insertion and deletion follow their authors' definition", async () => {
    const pixels = at.golden.map.height * at.golden.map.width;
    const steps = Math.ceil(pixels / at.golden.step);
    const target = classProbability(at.golden.target);
    const [inserted, deleted] = await Promise.all([
      insertion(at.run, at.map, { target, steps, batch: 5 }),
      deletion(at.run, at.map, { target, steps }),
    ]);
    for (const [what, actual, expected] of [
      ["insertion", inserted, at.golden.insertion],
      ["deletion", deleted, at.golden.deletion],
    ] as const) {
      const scores = actual.curve.map(({ score }) => score);
      close(scores, expected.scores, what, 1);
      close([actual.auc], [expected.auc], `area of ${what}`, 1);
    }
  });

  it("the score of the picture times its map is pytorch-grad-cam's", async () => {
    const { before, after, drop, increase } = await averageDrop(at.run, at.map);
    close([after - before], [at.golden.multiplied], "change");
    expect(increase).toBe(at.golden.multiplied > 0);
    expect(drop).toBeCloseTo(Math.max(0, before - after) / before, 12);
  });

  it("infidelity is captum's, scaled and not", async () => {
    const target = classLogit(at.golden.target);
    const map = await at.run.saliency({ target });
    const result = await infidelity(at.run, map, { target, perturbation: perturbations(), batch: 4 });
    close([result.infidelity], [at.golden.infidelity], "infidelity");
    close([result.scaled], [at.golden.scaled], "scaled");
  });

  it("max-sensitivity is captum's", async () => {
    const method = (run: Run, { target }: { target: ReturnType<typeof classLogit> }) => run.saliency({ target });
    const result = await maxSensitivity(at.run, method, { perturbations: perturbations() });
    close([result.sensitivity], [at.golden.sensitivity], "sensitivity");
    expect(result.mean).toBeLessThanOrEqual(result.sensitivity);
  });
});
