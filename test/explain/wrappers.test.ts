// Wrappers that take any method: smoothing, test-time augmentation, eigen-smoothing, fusing.
import { describe, expect, it } from "vitest";
import { NotDefinedError, ShapeError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import { firstRightSingularVector } from "../../src/explain/methods/eigenvector.ts";
import { augmented } from "../../src/explain/wrappers/augmented.ts";
import { eigenSmoothed } from "../../src/explain/wrappers/eigen-smoothed.ts";
import { fused } from "../../src/explain/wrappers/fused.ts";
import { smoothed } from "../../src/explain/wrappers/smoothed.ts";
import { useEngine } from "../support/engine.ts";
import { withRun } from "./support.ts";

const host = useEngine();
const layer = "a_out";
const residual = (body: (run: Run) => Promise<void>) => withRun(host.engine, "residual", body);
const gradCam = (run: Run) => run.gradCam({ layer });
const saliency = (run: Run) => run.saliency();

function expectSame(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  const most = Array.from(wanted).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const off = Array.from(wanted).reduce((a, b, i) => Math.max(a, Math.abs(b - (found[i] ?? Number.NaN))), 0);
  expect(found).toHaveLength(wanted.length);
  expect(most).toBeGreaterThan(0);
  expect(off / most).toBeLessThan(1e-5);
}

describe("smoothed", () => {
  it("a gradient is SmoothGrad; a map without noise is the map", () =>
    residual(async (run) => {
      const options = { samples: 3, seed: 5 };
      const smooth = await smoothed(run, saliency, options);
      expectSame(smooth.values, (await run.smoothGrad(options)).values);
      expect(smooth.provenance.method).toBe("smoothed-saliency");
      const still = await smoothed(run, gradCam, { samples: 2, noise: 0 });
      expectSame(still.raw.data, (await gradCam(run)).raw.data);
      expect(still.provenance).toMatchObject({ method: "smoothed-gradcam", layer, options: { samples: 2, noise: 0 } });
    }));

  it("tells of its progress and stops when told to", () =>
    residual(async (run) => {
      const done: number[] = [];
      await smoothed(run, gradCam, { samples: 2, onProgress: (count) => done.push(count) });
      expect(done).toEqual([1, 2]);
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(smoothed(run, gradCam, { signal })).rejects.toThrow("enough");
      await expect(smoothed(run, gradCam, { samples: 0 })).rejects.toThrow(ShapeError);
    }));
});

describe("augmented", () => {
  it("with one version is the map at the input's size", () =>
    residual(async (run) => {
      const one = await augmented(run, gradCam, { flip: false, brightness: [1] });
      expectSame(one.raw.data, (await gradCam(run)).heatmap().data);
      await expect(augmented(run, gradCam, { brightness: [] })).rejects.toThrow("no version of the picture");
    }));

  it("of a mirrored picture is the mirrored result, of maps and of pixels", () =>
    residual(async (run) => {
      const [, height = 1, width = 1, channels = 1] = run.input.shape;
      const mirrored = (values: ArrayLike<number>, depth: number) =>
        Float32Array.from({ length: height * width * depth }, (_, i) => {
          const [row, column] = [Math.floor(i / depth / width), Math.floor(i / depth) % width];
          return values[(row * width + width - 1 - column) * depth + (i % depth)] ?? 0;
        });
      using x = host.engine.tensor(mirrored(await run.input.read(), channels), run.input.shape);
      using turned = explain(run.model, x);
      const [{ index } = { index: -1 }] = await run.predictions(1);
      expect((await turned.predictions(1))[0]?.index).toBe(index);
      const brightness = [0.9, 1];
      const [here, there] = [
        await augmented(run, gradCam, { brightness }),
        await augmented(turned, gradCam, { brightness }),
      ];
      expectSame(there.raw.data, mirrored(here.raw.data, 1));
      const pixels = await augmented(run, saliency, { brightness: [1] });
      expectSame((await augmented(turned, saliency, { brightness: [1] })).values, mirrored(pixels.values, channels));
      expect(pixels.provenance.options).toEqual({ flip: true, brightness: "1" });
    }));
});

describe("fused", () => {
  it("is the mean or the maximum of the normalised maps", () =>
    residual(async (run) => {
      const methods = ["stem_relu", layer, "b_out"].map((name) => (one: Run) => one.gradCam({ layer: name }));
      const maps = await Promise.all(methods.map(async (method) => (await method(run)).heatmap().data));
      const at = (i: number) => maps.map((values) => values[i] ?? 0);
      const mean = await fused(run, methods);
      expectSame(
        mean.raw.data,
        Array.from(mean.raw.data, (_, i) => at(i).reduce((a, b) => a + b, 0) / 3),
      );
      const max = await fused(run, methods, { by: "max" });
      expectSame(
        max.raw.data,
        Array.from(max.raw.data, (_, i) => Math.max(...at(i))),
      );
      expect(max.provenance).toMatchObject({ method: "fused-gradcam", layer: `stem_relu + ${layer} + b_out` });
      expect(max.raw).toMatchObject(max.input);
      await expect(fused(run, [])).rejects.toThrow("no methods were given");
      await expect(fused(run, methods, { by: "men" as "mean" })).rejects.toThrow("there are mean and max");
    }));
});

describe("eigenSmoothed", () => {
  it("projects the weighed channels on what they have in common", () =>
    residual(async (run) => {
      const map = await eigenSmoothed(run, gradCam);
      const { alpha, raw } = await gradCam(run);
      const A = await run.tape.node(layer).output.read();
      const weighed = Float32Array.from(A, (value, i) => value * (alpha[i % alpha.length] ?? 0));
      const direction = firstRightSingularVector(weighed, raw.width * raw.height, alpha.length);
      const wanted = Array.from(raw.data, (_, position) =>
        direction.reduce((sum, value, k) => sum + value * (weighed[position * alpha.length + k] ?? 0), 0),
      );
      expectSame(map.raw.data, wanted);
      expect(map.provenance).toMatchObject({ method: "eigensmoothed-gradcam", layer, options: { centred: false } });
      await expect(eigenSmoothed(run, (one) => one.hiResCam({ layer }))).rejects.toThrow(NotDefinedError);
    }));
});
