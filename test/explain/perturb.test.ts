// Score-CAM, Ablation-CAM, occlusion and RISE: closed forms, batches, several pictures and targets, progress, refusals.
import { expect, it } from "vitest";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { HeatMap } from "../../src/explain/heat-map.ts";
import { classLogit, classProbability, topClass } from "../../src/explain/targets.ts";
import { relativeError } from "../golden/compare.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { loadFixtureModel, withRun } from "./support.ts";

const host = useEngine();

function expectSame(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string, most = 2e-5): void {
  expect(relativeError(found, wanted), what).toBeLessThanOrEqual(most);
}

/** The features of a GAP and dense head, channel by channel, and the class's weights. */
async function head(run: Run, index: number) {
  const { alpha } = await run.cam({ target: classLogit(index) });
  const { output } = run.recording.spatialNode(run.camLayer());
  const A = Float64Array.from(await output.read());
  const channels = alpha.length;
  const planes = Array.from({ length: channels }, (_, k) => A.filter((_value, at) => at % channels === k));
  return { planes, weights: Array.from(alpha) };
}

const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;

it("on a pooling head both layer methods have closed forms", () =>
  withRun(host.engine, "residual", async (run) => {
    const index = 4;
    const { planes, weights } = await head(run, index);
    const target = classLogit(index);
    const y = (await run.predictions(7)).find((one) => one.index === index)?.logit ?? Number.NaN;
    // without channel k the logit falls by w_k mean(A_k)
    const ablated = planes.map((plane, k) => ((weights[k] ?? 0) * mean(plane)) / y);
    expectSame((await run.ablationCam({ target })).alpha, ablated, "Ablation-CAM");
    // masked by the map m, the logit is sum_j w_j mean(A_j m) and the bias, which cancels in the softmax
    const scores = planes.map((mask) => {
      const [low, high] = [Math.min(...mask), Math.max(...mask)];
      const share = mask.map((value) => (value - low) / (high - low));
      const terms = planes.map(
        (plane, j) => (weights[j] ?? 0) * mean(plane.map((value, at) => value * (share[at] ?? 0))),
      );
      return high > low ? Math.exp(terms.reduce((a, b) => a + b, 0)) : 0;
    });
    const total = scores.reduce((a, b) => a + b, 0);
    const found = await run.scoreCam({ target, by: "activation" });
    expectSame(
      found.alpha,
      scores.map((score) => score / total),
      "Score-CAM by activation",
    );
    expect(scores).toContain(0);
    expect(found.provenance).toMatchObject({ method: "scorecam", layer: "b_out", options: { by: "activation" } });
  }));

it("occlusion by one window, and RISE under an open mask, are differences and values of the target", async () => {
  const { engine } = host;
  using model = await loadFixtureModel(engine, "lenet-mnist");
  using x = engine.tensor(randomValues("digit", 28 * 28), [1, 28, 28, 1]);
  using filled = engine.tensor(new Float32Array(28 * 28).fill(0.75), [1, 28, 28, 1]);
  const logit = async (of: typeof x) => {
    using run = explain(model, of);
    return (await run.predictions(10)).find(({ index }) => index === 3)?.logit ?? Number.NaN;
  };
  const [y, hidden] = [await logit(x), await logit(filled)];
  using run = explain(model, x);
  const target = classLogit(3);
  const whole = await run.occlusion({ target, window: 28, fill: 0.75 });
  expectSame(whole.raw.data, new Float32Array(28 * 28).fill(y - hidden), "one window");
  const open = { width: 28, height: 28, data: new Float32Array(28 * 28).fill(1) };
  const seen = await run.rise({ target, masks: [open, open], probability: 0.25 });
  expectSame(seen.raw.data, new Float32Array(28 * 28).fill(4 * y), "open masks");
  // 28 pixels, windows of 10 every 9: from 0, 9 and 18; between windows of 4 every 8 nothing is hidden
  const gaps = await run.occlusion({ target, window: 4, stride: 8 });
  expect(gaps.raw.data[5 * 28 + 5]).toBe(0);
  expect(gaps.raw.data[9 * 28 + 9]).not.toBe(0);
  expect(whole.provenance.options).toEqual({ window: "28x28", stride: "14x14", fill: "0.75" });
});

it("several pictures and targets in any batches are what each is alone", async () => {
  const { engine } = host;
  using model = await loadFixtureModel(engine, "residual");
  const shape = [1, ...model.inputShape.slice(1).map((extent) => extent ?? 1)];
  const size = shape.reduce((a, b) => a * b, 1);
  const pictures = ["a", "b"].map((seed) => engine.tensor(randomValues(seed, size), shape));
  const target = [topClass(), classLogit(1), classProbability(2)];
  const methods: readonly ((run: Run<boolean>, batch?: number) => Promise<unknown>)[] = [
    (run, batch) => run.scoreCam({ target, batch }),
    (run, batch) => run.scoreCam({ target, batch, by: "activation", layer: "a_out" }),
    (run, batch) => run.ablationCam({ target, batch, layer: "a_out" }),
    (run, batch) => run.occlusion({ target, batch, window: 12, fill: [1, 0, -1] }),
    (run, batch) => run.rise({ target, batch, masks: 7, cells: 3, seed: "spots" }),
  ];
  {
    using both = explain(model, pictures);
    const together = (await Promise.all(methods.map((ask) => ask(both)))) as HeatMap[][][];
    for (const [i, x] of pictures.entries()) {
      using run = explain(model, x);
      const alone = (await Promise.all(methods.map((ask) => ask(run as Run<boolean>, 3)))) as HeatMap[][];
      for (const [m, maps] of alone.entries())
        for (const [t, wanted] of maps.entries()) {
          const found = together[m]?.[i]?.[t];
          const what = `${wanted.provenance.method} of ${wanted.provenance.target}, picture ${i}`;
          expectSame(found?.raw.data ?? [], wanted.raw.data, what, 1e-4);
          expectSame(found?.alpha ?? [], wanted.alpha, `weights, ${what}`, 1e-4);
          expect(found?.provenance).toEqual({ ...wanted.provenance, picture: i });
        }
    }
  }
  for (const x of pictures) x.dispose();
});

it("tells how far it is, stops on a signal and gives its memory back", () =>
  withRun(host.engine, "lenet-mnist", async (run) => {
    const laps: (readonly [number, number])[] = [];
    await run.ablationCam({ batch: 5, onProgress: (done, total) => laps.push([done, total]) });
    expect(laps).toEqual([
      [5, 12],
      [10, 12],
      [12, 12],
    ]);
    const { liveBuffers } = host.engine.memory();
    const stop = new AbortController();
    let last = 0;
    const asked = run.rise({
      masks: 60,
      batch: 4,
      signal: stop.signal,
      onProgress: (done) => {
        last = done;
        if (done >= 12) stop.abort(new RangeError("enough"));
      },
    });
    await expect(asked).rejects.toThrow("enough");
    expect(last).toBeLessThan(60);
    expect(host.engine.memory().liveBuffers).toBe(liveBuffers);
    const before = { signal: AbortSignal.abort(new RangeError("never")) };
    await expect(run.scoreCam(before)).rejects.toThrow("never");
    await expect(run.occlusion(before)).rejects.toThrow("never");
    expect(host.engine.memory().liveBuffers).toBe(liveBuffers);
  }));

it("runs only what lies after the layer, all targets together", () =>
  withRun(host.engine, "residual", async (run) => {
    const dispatches = async (body: () => Promise<unknown>) => {
      const before = host.engine.counts;
      await body();
      return host.engine.counts.dispatches - before.dispatches;
    };
    const one = { target: classLogit(1), batch: 4 };
    const late = await dispatches(() => run.ablationCam({ ...one, layer: "b_out" }));
    const early = await dispatches(() => run.ablationCam({ ...one, layer: "a_out" }));
    const three = await dispatches(() =>
      run.ablationCam({ batch: 4, layer: "a_out", target: [classLogit(1), classLogit(2), classLogit(3)] }),
    );
    expect(early).toBeGreaterThan(1.5 * late);
    // the products with the seeds alone are more
    expect(three).toBeLessThan(1.6 * early);
  }));

it("refuses what does not fit", () =>
  withRun(host.engine, "lenet-mnist", async (run) => {
    const small = { width: 4, height: 4, data: new Float32Array(16) };
    const refusals: readonly [() => Promise<unknown>, string][] = [
      [() => run.ablationCam({ batch: 0 }), "batch: 0 is no number of pictures"],
      [() => run.occlusion({ window: 29 }), "a window of 29x29 is larger than the picture, 28x28"],
      [() => run.occlusion({ window: { width: 3, height: 2.5 } }), "window 3x2.5 must be whole numbers"],
      [() => run.occlusion({ stride: 0 }), "stride 0x0 must be whole numbers"],
      [() => run.occlusion({ fill: [1, 2] }), "fill is [1, 2]; a number, or 1 of them, is wanted"],
      [() => run.rise({ masks: 0 }), "rise: masks is 0"],
      [() => run.rise({ masks: [] }), "no masks were given"],
      [() => run.rise({ masks: [small] }), "a mask is 4x4; masks of the input's size, 28x28, are wanted"],
      [() => run.rise({ cells: 1.5 }), "rise: cells is 1.5"],
      [() => run.rise({ probability: 0 }), "rise: probability is 0"],
    ];
    for (const [ask, message] of refusals) {
      const refused = expect(ask(), message).rejects;
      await refused.toThrow(ShapeError);
      await expect(ask()).rejects.toThrow(message);
    }
    await expect(run.scoreCam({ by: "layer" as "input" })).rejects.toThrow(UnknownNameError);
    await expect(run.scoreCam({ resize: "cubic" as "nearest" })).rejects.toThrow(UnknownNameError);
    await expect(run.ablationCam({ target: classLogit(10) })).rejects.toThrow(UnknownNameError);
  }));
