// The gradient family: what follows from the definitions; goldens are in test/golden/explain-gradient.test.ts.
import { describe, expect, it } from "vitest";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { SmoothGradKind } from "../../src/explain/methods/smooth-grad.ts";
import type { PixelMap } from "../../src/explain/pixel-map.ts";
import { classLogit } from "../../src/explain/targets.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { loadFixtureModel, withRun } from "./support.ts";

const host = useEngine();
const digits = (body: (run: Run) => Promise<void>) => withRun(host.engine, "lenet-mnist", body);

/** Equal up to a share of the largest value. */
function expectSame(found: ArrayLike<number> | undefined, wanted: ArrayLike<number>, share = 1e-5): void {
  const most = Array.from(wanted).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const off = Array.from(wanted).reduce((a, b, i) => Math.max(a, Math.abs(b - (found?.[i] ?? Number.NaN))), 0);
  expect(most).toBeGreaterThan(0);
  expect(off / most).toBeLessThan(share);
}

describe("input x gradient", () => {
  it("is their product, and shares the walk back of the saliency map", () =>
    digits(async (run) => {
      await run.predictions();
      const before = host.engine.counts.dispatches;
      const saliency = await run.saliency();
      const alone = host.engine.counts.dispatches;
      const map = await run.inputXGradient();
      expect(alone).toBeGreaterThan(before);
      expect(host.engine.counts.dispatches).toBe(alone);
      const x = await run.input.read();
      expect(Array.from(map.values)).toEqual(Array.from(saliency.values, (g, i) => Math.fround(g * (x[i] ?? 0))));
      expect(map.provenance).toMatchObject({ method: "input-x-gradient", rule: "gradient" });
      expect(saliency.provenance.method).toBe("saliency");
    }));

  it("a picture's map is of its own values", async () => {
    const { engine } = host;
    const model = await loadFixtureModel(engine, "lenet-mnist");
    const pictures = ["a", "b"].map((seed) => engine.tensor(randomValues(seed, 784), [1, 28, 28, 1]));
    using both = explain(model, pictures);
    const target = [classLogit(3), classLogit(7)];
    const maps = await both.inputXGradient({ target });
    const noise = randomValues("noise", 3 * 2 * 784, { range: [-0.2, 0.2] }); // [samples, pictures, 784]
    const noisy = await both.smoothGrad({ target, given: noise, batch: 4, kind: "squared" });
    const paths = await both.integratedGradients({ target, steps: 3, baseline: new Float32Array(784).fill(0.1) });
    for (const [i, x] of pictures.entries()) {
      using alone = explain(model, x);
      for (const [t, one] of target.entries()) {
        expectSame(maps[i]?.[t]?.values, (await alone.inputXGradient({ target: one })).values);
        const path = await alone.integratedGradients({ target: one, steps: 3, baseline: 0.1 });
        expectSame(paths[i]?.[t]?.values, path.values);
        expect(paths[i]?.[t]?.provenance.options?.difference).toBeCloseTo(Number(path.provenance.options?.difference));
        const own = [0, 2, 4].flatMap((at) => Array.from(noise.subarray((at + i) * 784, (at + i + 1) * 784)));
        const smooth = await alone.smoothGrad({ target: one, given: Float32Array.from(own), kind: "squared" });
        expectSame(noisy[i]?.[t]?.values, smooth.values);
        expect(noisy[i]?.[t]?.provenance).toMatchObject({ picture: i, target: one.name });
      }
    }
    model.dispose();
    for (const x of pictures) x.dispose();
  });
});

describe("SmoothGrad", () => {
  const kinds: readonly SmoothGradKind[] = ["mean", "squared", "variance"];

  it("without noise: the gradient, its square, no variance", () =>
    digits(async (run) => {
      const { values } = await run.saliency();
      const [mean, squared, variance] = await Promise.all(
        kinds.map((kind) => run.smoothGrad({ kind, noise: 0, samples: 3 })),
      );
      expectSame(mean?.values, values);
      expectSame(
        squared?.values,
        values.map((value) => value * value),
      );
      const most = Math.max(...values.map(Math.abs));
      expect(Math.max(...(variance?.values ?? [1]))).toBeLessThan(1e-12 * most ** 2);
    }));

  it("depends on the seed alone, not on the batch; the variance is that of the samples", () =>
    digits(async (run) => {
      const options = { samples: 5, seed: 3 };
      const [mean, squared, variance] = await Promise.all(kinds.map((kind) => run.smoothGrad({ ...options, kind })));
      const again = await run.smoothGrad({ ...options, batch: 2 });
      expectSame(again.values, mean?.values ?? []);
      expectSame((await run.smoothGrad({ ...options, batch: 2, kind: "variance" })).values, variance?.values ?? []);
      const other = await run.smoothGrad({ ...options, seed: 4 });
      expect(() => expectSame(other.values, again.values)).toThrow();
      const wanted = (squared?.values ?? new Float32Array(0)).map((value, i) => value - (mean?.values[i] ?? 0) ** 2);
      expectSame(variance?.values, wanted, 1e-4);
      expect(variance?.provenance).toMatchObject({ method: "vargrad", options: { samples: 5, noise: 0.15, seed: 3 } });
    }));

  it("takes noise as it is given, tells of its progress, and stops when told to", () =>
    digits(async (run) => {
      const noise = randomValues("noise", 3 * 784, { range: [-0.2, 0.2] });
      const done: string[] = [];
      const onProgress = (count: number, total: number) => done.push(`${count}/${total}`);
      const map = await run.smoothGrad({ given: noise, batch: 2, onProgress });
      expect(done).toEqual(["2/3", "3/3"]);
      expect(map.provenance.options).toEqual({ samples: 3, noise: "given" });
      const x = await run.input.read();
      const sum = new Float64Array(784);
      const [{ index } = { index: 0 }] = await run.predictions(1);
      for (let i = 0; i < 3; i++) {
        const data = Float32Array.from(x, (value, at) => value + (noise[i * 784 + at] ?? 0));
        using version = host.engine.tensor(data, run.input.shape);
        using one = explain(run.model, version);
        const { values } = await one.saliency({ target: classLogit(index) });
        for (const [at, value] of values.entries()) sum[at] = (sum[at] ?? 0) + value / 3;
      }
      expectSame(map.values, sum);
      const abort = new AbortController();
      const stopped = run.smoothGrad({
        batch: 1,
        signal: abort.signal,
        onProgress: () => abort.abort(new Error("enough")),
      });
      await expect(stopped).rejects.toThrow("enough");
    }));

  it("refuses what makes no sense", () =>
    digits(async (run) => {
      await expect(run.smoothGrad({ kind: "squred" as "squared" })).rejects.toThrow('Did you mean "squared"?');
      const given = new Float32Array(7);
      await expect(run.smoothGrad({ given })).rejects.toThrow("give a multiple of the input's 784");
      await expect(run.smoothGrad({ samples: 0 })).rejects.toThrow("samples is 0; give a whole number of at least 1");
      await expect(run.smoothGrad({ noise: -1 })).rejects.toThrow(ShapeError);
      await expect(run.smoothGrad({ batch: 0.5 })).rejects.toThrow("batch is 0.5");
    }));
});

describe("integrated gradients", () => {
  it("from the picture itself are nothing", () =>
    digits(async (run) => {
      const baseline = Float32Array.from(await run.input.read());
      const map = await run.integratedGradients({ baseline, steps: 2 });
      expect(map.empty).toBe(true);
      expect(map.provenance.options).toMatchObject({ steps: 2, difference: 0, baseline: "given" });
    }));

  it("take more steps where 32 do not add up, and come nearer to the integral", () =>
    digits(async (run) => {
      const passes: number[] = [];
      const asked = { baseline: 0.5, target: classLogit(3) };
      const map = await run.integratedGradients({ ...asked, onProgress: (_, total) => passes.push(total) });
      const { steps, quadrature, completenessError } = map.provenance.options ?? {};
      expect(quadrature).toBe("adaptive midpoint");
      expect(steps).toBeGreaterThan(32);
      expect(completenessError).toBeLessThan(0.01);
      expect(map.notes).toEqual([]);
      // a part is divided in three: two gradients more, and its own again
      expect(passes.at(-1)).toBe(32 + (3 * (Number(steps) - 32)) / 2);
      const [fine, plain] = await Promise.all([243, 32].map((n) => run.integratedGradients({ ...asked, steps: n })));
      const off = (one: PixelMap | undefined) =>
        Math.hypot(...(one?.values ?? []).map((value, i) => value - (fine?.values[i] ?? 0)));
      expect(off(map)).toBeLessThan(0.8 * off(plain));
    }));

  it("say where their sum is not what the target gained", () =>
    digits(async (run) => {
      const map = await run.integratedGradients({ baseline: 0.5, target: classLogit(3), steps: 1 });
      expect(map.notes).toEqual([expect.stringMatching(/^the map's sum is .* % off the .* gained from the baseline/)]);
    }));

  it("refuse baselines and steps that do not fit", () =>
    digits(async (run) => {
      const baseline = new Float32Array(7);
      await expect(run.integratedGradients({ baseline })).rejects.toThrow("the baseline has 7 values");
      await expect(run.integratedGradients({ steps: 0 })).rejects.toThrow(ShapeError);
      const quadrature = "simpson" as "midpoint";
      await expect(run.integratedGradients({ quadrature })).rejects.toThrow(UnknownNameError);
    }));
});

describe("RectGrad", () => {
  it("passes nothing where everything is left out, and less the more is", () =>
    digits(async (run) => {
      const [some, few, none] = await Promise.all([0.5, 0.98, 1].map((q) => run.rectGrad({ q })));
      const touched = (values: Float32Array | undefined) => values?.filter((value) => value !== 0).length ?? 0;
      expect(none?.empty).toBe(true);
      expect(touched(few?.values)).toBeGreaterThan(0);
      expect(touched(some?.values)).toBeGreaterThan(touched(few?.values));
      expect((await run.rectGrad()).values).toEqual(few?.values);
      expect(few?.provenance).toMatchObject({ method: "rectgrad", rule: "rectgrad", options: { q: 0.98 } });
      await expect(run.rectGrad({ q: 98 })).rejects.toThrow("q is 98; give a share from 0 to 1");
    }));

  it("takes each picture's and target's own threshold", () =>
    digits(async (run) => {
      const target = [classLogit(1), classLogit(5)];
      const both = await run.rectGrad({ target, q: 0.9 });
      for (const [i, one] of target.entries())
        expectSame(both[i]?.values, (await run.rectGrad({ target: one, q: 0.9 })).values);
    }));
});

describe("relaxed max pools", () => {
  it("change what passes a max pool, and nothing behind the last", () =>
    digits(async (run) => {
      const relaxMaxPool = true;
      const [sharp, relaxed, before, after, plain] = await Promise.all([
        run.saliency(),
        run.saliency({ relaxMaxPool }),
        run.gradCam({ layer: "conv2", relaxMaxPool }),
        run.gradCam({ layer: "pool2", relaxMaxPool }),
        run.gradCam({ layer: "pool2" }),
      ]);
      expect(() => expectSame(relaxed.values, sharp.values)).toThrow();
      expect(after.raw).toEqual(plain.raw);
      expect(before.provenance.options).toEqual({ relaxMaxPool });
      expect(plain.provenance.options).toBeUndefined();
      // a window's cotangent is handed on whole: 2 x 2 windows, each with a quarter to each pixel
      expectSame(
        before.alpha,
        Array.from(plain.alpha, (value) => value / 4),
      );
    }));
});

describe("guided by any class activation map", () => {
  it("Grad-CAM gives Guided Grad-CAM; others, their own", () =>
    withRun(host.engine, "residual", async (run) => {
      const layer = "a_out";
      const [known, same, other, cam] = await Promise.all([
        run.guidedGradCam({ layer }),
        run.guidedCam({ by: "gradcam", layer }),
        run.guidedCam({ by: "layercam", layer }),
        run.guidedCam({ by: "cam" }),
      ]);
      expect(same.values).toEqual(known.values);
      expect(same.provenance).toEqual(known.provenance);
      expect(other.provenance).toMatchObject({ method: "guided-layercam", rule: "guided", layer });
      const [guided, map] = await Promise.all([run.guidedBackprop(), run.layerCam({ layer })]);
      const weights = map.heatmap().data; // over its maximum
      const most = Math.max(...weights.map((value) => value));
      expect(most).toBeCloseTo(1, 5);
      const product = guided.values.map((value, i) => value * (weights[Math.floor(i / 3)] ?? 0));
      const unit = (values: Float32Array) => {
        const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        return values.map((value) => value / largest);
      };
      expectSame(unit(other.values), unit(product));
      expect(cam.provenance.layer).toBe(run.camLayer());
      await expect(run.guidedCam({ by: "cam", layer })).rejects.toThrow("Use gradCam() for other layers");
      await expect(run.guidedCam({ by: "layrcam" as "layercam" })).rejects.toThrow('Did you mean "layercam"?');
    }));
});
