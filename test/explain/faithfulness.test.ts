// How the faithfulness metrics run: on one recording, in batches, on weights that are not the model's.
import { describe, expect, it } from "vitest";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, Run } from "../../src/explain/explain.ts";
import { averageDrop } from "../../src/explain/faithfulness/average-drop.ts";
import type { CurvePoint } from "../../src/explain/faithfulness/curve.ts";
import { deletion } from "../../src/explain/faithfulness/deletion.ts";
import { infidelity } from "../../src/explain/faithfulness/infidelity.ts";
import { insertion } from "../../src/explain/faithfulness/insertion.ts";
import { maxSensitivity } from "../../src/explain/faithfulness/max-sensitivity.ts";
import type { ManyMethod, TargetMethod } from "../../src/explain/faithfulness/method.ts";
import { MetricStream } from "../../src/explain/faithfulness/metric-stream.ts";
import { parameterRandomisation } from "../../src/explain/faithfulness/randomisation.ts";
import { layerWeights, Rerecorded } from "../../src/explain/faithfulness/rerecord.ts";
import { road } from "../../src/explain/faithfulness/road.ts";
import { channel, maxOverChannels } from "../../src/explain/layer-targets.ts";
import { classLogit } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import { relativeError } from "../golden/compare.ts";
import { fillWeights, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { openFixture, withRun } from "./support.ts";

const host = useEngine();

const saliency: TargetMethod = (run, { target }) => run.saliency({ target });
const gradCam: TargetMethod = (run, { target }) => run.gradCam({ target });
/** Few pixels are enough for a path through the code. */
const few = { steps: 4 };

describe("scores of changed pictures", () => {
  it("do not depend on the batch, and their progress is told", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const map = await run.gradCam({ layer: "conv1" });
      const told: string[] = [];
      const onProgress = (done: number, total: number) => told.push(`${done} of ${total}`);
      const one = await insertion(run, map, { ...few, batch: 1, onProgress });
      expect(told).toEqual(["1 of 5", "2 of 5", "3 of 5", "4 of 5", "5 of 5"]);
      const onPoint = ({ share }: CurvePoint) => told.push(`at ${share}`);
      const all = await insertion(run, map, { ...few, batch: 3, onProgress, onPoint });
      expect(told.slice(5)).toEqual(["at 0", "at 0.25", "at 0.5", "3 of 5", "at 0.75", "at 1", "5 of 5"]);
      for (const [i, { share, score }] of one.curve.entries()) {
        expect(share).toBe(i / 4);
        expect(score).toBeCloseTo(all.curve[i]?.score ?? Number.NaN, 6);
      }
    }));

  it("begin and end with the picture and its baseline", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const [map, [best]] = await Promise.all([run.saliency(), run.predictions(1)]);
      const black = { ...few, baseline: 0 };
      const [inserted, deleted] = [await insertion(run, map, black), await deletion(run, map, black)];
      expect(deleted.curve[0]?.score).toBeCloseTo(best?.probability ?? Number.NaN, 5);
      expect(inserted.curve.at(-1)?.score).toBeCloseTo(best?.probability ?? Number.NaN, 5);
      expect(inserted.curve[0]?.score).toBeCloseTo(deleted.curve.at(-1)?.score ?? Number.NaN, 5);
      // against the order, what was inserted last is deleted first
      const { width, height, data } = map.magnitude();
      const upsideDown = await deletion(run, { width, height, data: data.map((value) => -value) }, black);
      expect(upsideDown.auc).not.toBeCloseTo(deleted.auc, 3);
    }));

  it("a map that shows everything drops nothing, one that shows nothing leaves the baseline", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const flat = (value: number) => ({ width: 1, height: 1, data: Float32Array.of(value) });
      const everything = await averageDrop(run, flat(2));
      expect(everything.after).toBeCloseTo(everything.before, 6);
      const nothing = await averageDrop(run, flat(-1));
      const { curve } = await deletion(run, flat(1), { steps: 1 });
      expect(nothing.after).toBeCloseTo(curve[1]?.score ?? Number.NaN, 5);
      expect(nothing.drop).toBeGreaterThan(0.5);
    }));

  it("take any target, those that record more included, and leave the recording alone", () =>
    withRun(host.engine, "residual", async (run) => {
      const map = await run.gradCam();
      const before = (await run.saliency()).values;
      for (const target of [channel("b_out", 2), maxOverChannels("a_out")]) {
        const { curve } = await deletion(run, map, { steps: 2, target });
        expect(curve.every(({ score }) => Number.isFinite(score))).toBe(true);
        expect(curve[0]?.score).not.toBeCloseTo(curve[2]?.score ?? 0, 3);
      }
      expect((await run.saliency()).values).toEqual(before);
    }));

  it("can be stopped", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const stop = new AbortController();
      const onProgress = () => stop.abort(new Error("enough"));
      const map = await run.gradCam({ layer: "conv1" });
      await expect(deletion(run, map, { batch: 1, onProgress, signal: stop.signal })).rejects.toThrow("enough");
    }));

  it("are of one picture, in whole steps", async () => {
    const { engine } = host;
    const { model, x } = await openFixture(engine, "lenet-mnist");
    const map = { width: 1, height: 1, data: Float32Array.of(1) };
    {
      using run = explain(model, [x, x]);
      await expect(insertion(run, map)).rejects.toThrow(/2 pictures/);
      using one = explain(model, x);
      for (const steps of [0, 1.5]) await expect(deletion(one, map, { steps })).rejects.toThrow(ShapeError);
      await expect(road(one, map, { percentiles: [50, 100] })).rejects.toThrow(/percentile 100/);
      await expect(road(one, map, { percentiles: [] })).rejects.toThrow(ShapeError);
      await expect(infidelity(one, map, { samples: 0 })).rejects.toThrow(ShapeError);
      await expect(infidelity(one, map, { perturbation: [new Float32Array(3)] })).rejects.toThrow(/3 samples/);
      await expect(maxSensitivity(one, saliency, { perturbations: [new Float32Array(3)] })).rejects.toThrow(
        /3 samples/,
      );
    }
    model.dispose();
    x.dispose();
  });

  it("ROAD's noise is seeded", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const map = await run.gradCam({ layer: "conv1" });
      const options = { percentiles: [50], noise: 0.2 };
      const [a, b, c] = [
        await road(run, map, options),
        await road(run, map, options),
        await road(run, map, { ...options, seed: "another" }),
      ];
      expect(a).toEqual(b);
      expect(c.curve[0]?.morf).not.toBe(a.curve[0]?.morf);
      expect(a.combined).toBeCloseTo((a.lerf - a.morf) / 2, 12);
    }));

  it("stream over pictures", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const metric = new MetricStream(deletion);
      const [first, second] = [
        await metric.update(run, await run.gradCam({ layer: "conv1" }), few),
        await metric.update(run, await run.saliency(), few),
      ];
      const summary = metric.summary();
      expect(summary?.count).toBe(2);
      expect(summary?.mean.auc).toBeCloseTo((first.auc + second.auc) / 2, 12);
      expect(summary?.mean.curve).toHaveLength(5);
    }));
});

describe("a network that is a line", () => {
  async function withLine(body: (run: Run) => Promise<void>): Promise<void> {
    const shape = [6, 5, 2];
    const config = sequential(shape, [
      ["Conv2D", { name: "conv", filters: 3, kernel_size: 3 }],
      ["Flatten", { name: "flat" }],
      ["Dense", { name: "logits", units: 4 }],
    ]);
    const model = Model.fromConfig(host.engine, config);
    fillWeights(model);
    const x = host.engine.tensor(hashWeight("line", "input", [1, ...shape]), [1, ...shape]);
    try {
      using run = explain(model, x);
      await body(run);
    } finally {
      x.dispose();
      model.dispose();
    }
  }

  it("has a gradient without infidelity, in noise and in squares", () =>
    withLine(async (run) => {
      const target = classLogit(1);
      const map = await run.saliency({ target });
      for (const perturbation of ["gaussian", "square"] as const) {
        const exact = await infidelity(run, map, { target, perturbation, samples: 12 });
        expect(exact.infidelity).toBeLessThan(1e-6);
        expect(exact.scale).toBeCloseTo(1, 3);
      }
      const wrong = await infidelity(run, await run.saliency({ target: classLogit(2) }), { target, samples: 12 });
      expect(wrong.infidelity).toBeGreaterThan(1e-2);
      expect(wrong.scaled).toBeLessThanOrEqual(wrong.infidelity);
    }));

  it("has a gradient without sensitivity", () =>
    withLine(async (run) => {
      expect((await maxSensitivity(run, saliency, { samples: 3 })).sensitivity).toBeLessThan(1e-5);
      const moved = await maxSensitivity(run, gradCam, { samples: 3 });
      expect(moved.sensitivity).toBeGreaterThan(1e-3);
      expect(moved.mean).toBeLessThanOrEqual(moved.sensitivity);
    }));

  it("has the sensitivity of changed pictures one by one where several are recorded at once", () =>
    withLine(async (run) => {
      const told: number[] = [];
      const many: ManyMethod = (several, { target }) => several.gradCam({ target });
      const onProgress = (done: number) => told.push(done);
      const together = await maxSensitivity(run, gradCam, { samples: 5, many, batch: 2, onProgress });
      expect(told).toEqual([2, 4, 5]);
      const each = await maxSensitivity(run, gradCam, { samples: 5 });
      expect(together.sensitivity / each.sensitivity).toBeCloseTo(1, 5);
      expect(together.mean / each.mean).toBeCloseTo(1, 5);
      await expect(maxSensitivity(run, gradCam, { batch: 2 })).rejects.toThrow(/give the method for one as `many`/);
    }));
});

describe("random weights", () => {
  it("a recording made again with the same weights is the same", () =>
    withRun(host.engine, "residual", async (run) => {
      using same = new Run({ recording: Rerecorded.with(run.recording, new Map()), many: false });
      expect((await same.gradCam()).raw).toEqual((await run.gradCam()).raw);
      expect(same.layers()).toEqual(run.layers());
      expect(await same.predictions()).toEqual(await run.predictions());
    }));

  it("give what a model with these weights gives, for other pictures too", async () => {
    const { engine } = host;
    const { model, x } = await openFixture(engine, "residual");
    const { model: other } = await openFixture(engine, "residual").then((opened) => {
      opened.x.dispose();
      return opened;
    });
    const slot = other.weightSlots().find(({ layer, name }) => layer === "a_2_conv" && name === "kernel");
    if (!slot) throw new Error("the fixture has changed");
    const values = hashWeight("a_2_conv", "kernel", slot.shape);
    other.setWeight("a_2_conv", "kernel", values);
    const changed = engine.tensor(hashWeight("other", "input", x.shape), x.shape);
    {
      using run = explain(model, x);
      const weight = layerWeights(run.recording)
        .get("a_2_conv")
        ?.find(({ name }) => name === "w");
      if (!weight) throw new Error("no kernel on the tape");
      using tensor = engine.tensor(values, weight.tensor.shape);
      using random = new Run({
        recording: Rerecorded.with(run.recording, new Map([[weight.tensor.id, tensor]])),
        many: false,
      });
      using expected = explain(other, x);
      const [a, b] = [await random.saliency(), await expected.saliency()];
      expect(relativeError(a.values, b.values)).toBeLessThan(1e-5);
      expect(relativeError(a.values, (await run.saliency()).values)).toBeGreaterThan(1e-2);
      using again = new Run({ recording: random.recording.again(changed), many: false });
      using expectedAgain = explain(other, changed);
      expect(relativeError((await again.gradCam()).raw.data, (await expectedAgain.gradCam()).raw.data)).toBeLessThan(
        1e-5,
      );
    }
    for (const one of [model, other, x, changed]) one.dispose();
  });

  it("go from the last layer to the first, leave the model as it was, and repeat with the seed", () =>
    withRun(host.engine, "residual", async (run) => {
      const before = await run.saliency();
      const all = [...layerWeights(run.recording).keys()];
      const layers = all.filter((_, i) => i % 4 === 0 || i === all.length - 1);
      const told: number[] = [];
      const options = { layers, onProgress: (done: number) => told.push(done) };
      const first = await parameterRandomisation(run, saliency, options);
      expect(first.layers.map(({ layer }) => layer)).toEqual(layers.toReversed());
      expect(first.layers[0]?.layer).toBe("predictions");
      expect(told).toEqual(layers.map((_, i) => i + 1));
      expect(await parameterRandomisation(run, saliency, { layers })).toEqual(first);
      expect((await run.saliency()).values).toEqual(before.values);
      using afresh = explain(run.model, run.input);
      expect((await afresh.saliency()).values).toEqual(before.values);
      for (const { ssim, rankCorrelation, absoluteRankCorrelation } of first.layers) {
        expect(ssim).toBeLessThan(0.999);
        for (const value of [rankCorrelation, absoluteRankCorrelation]) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      }
      expect(Math.abs(first.layers.at(-1)?.rankCorrelation ?? 1)).toBeLessThan(0.3);
    }));

  it("hardly change a map that does not ask the network", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const picture: TargetMethod = async (one, { target }) => {
        const map = await one.saliency({ target });
        map.values.set(await one.recording.read([one.input], ([x]) => Float32Array.from(x ?? [])));
        return map;
      };
      const { layers } = await parameterRandomisation(run, picture, { layers: ["digits", "conv1"] });
      expect(layers.map(({ rankCorrelation, ssim }) => [rankCorrelation, ssim])).toEqual([
        [expect.closeTo(1, 9), expect.closeTo(1, 9)],
        [expect.closeTo(1, 9), expect.closeTo(1, 9)],
      ]);
    }));

  it("refuse layers that have none", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const asked = parameterRandomisation(run, saliency, { layers: ["pool1"] });
      await expect(asked).rejects.toThrow(UnknownNameError);
    }));
});
