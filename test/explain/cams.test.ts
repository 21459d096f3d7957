// The class activation maps beyond Grad-CAM: several targets and pictures, layers that say nothing, options.
import { describe, expect, it } from "vitest";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { HeatMap } from "../../src/explain/heat-map.ts";
import { channel } from "../../src/explain/layer-targets.ts";
import { classLogit, classProbability, type Target, topClass } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { relativeError } from "../golden/compare.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { loadFixtureModel, withRun } from "./support.ts";

const host = useEngine();

type Options = { readonly layer?: string; readonly target?: Target };
type ManyOptions = { readonly layer?: string; readonly target: readonly Target[] };

interface Method {
  readonly name: string;
  readonly one: (run: Run, options: Options) => Promise<HeatMap>;
  readonly many: (run: Run<true>, options: ManyOptions) => Promise<HeatMap[][]>;
}

const methods: readonly Method[] = [
  { name: "gradcam++", one: (run, o) => run.gradCamPlusPlus(o), many: (run, o) => run.gradCamPlusPlus(o) },
  { name: "xgradcam", one: (run, o) => run.xGradCam(o), many: (run, o) => run.xGradCam(o) },
  { name: "hirescam", one: (run, o) => run.hiResCam(o), many: (run, o) => run.hiResCam(o) },
  { name: "layercam", one: (run, o) => run.layerCam(o), many: (run, o) => run.layerCam(o) },
  { name: "eigencam", one: (run, o) => run.eigenCam(o), many: (run, o) => run.eigenCam(o) },
  { name: "eigengradcam", one: (run, o) => run.eigenGradCam(o), many: (run, o) => run.eigenGradCam(o) },
  {
    name: "fullgrad",
    one: (run, { target }) => run.fullGrad({ target }),
    many: (run, { target }) => run.fullGrad({ target }),
  },
];

/** Two convolutions whose second gives the same everywhere: what its bias says. */
function flatModel(engine: Engine, bias: number): Model {
  const layers = [
    ["InputLayer", { name: "image", batch_input_shape: [null, 6, 5, 3] }],
    ["Conv2D", { name: "first", filters: 4, kernel_size: 3, activation: "relu" }],
    ["Conv2D", { name: "flat", filters: 4, kernel_size: 1, activation: "relu" }],
    ["GlobalAveragePooling2D", { name: "pool" }],
    ["Dense", { name: "classes", units: 3 }],
  ].map(([class_name, config]) => ({ class_name, config }));
  const model = Model.fromConfig(engine, { class_name: "Sequential", config: { name: "flat", layers } });
  for (const { layer, name, shape } of model.weightSlots()) {
    const count = shape.reduce((a, b) => a * b, 1);
    const flat = new Float32Array(count).fill(name === "bias" ? bias : 0);
    model.setWeight(layer, name, layer === "flat" ? flat : randomValues(`${layer}/${name}`, count));
  }
  return model;
}

async function withFlatModel(bias: number, body: (run: Run) => Promise<void>): Promise<void> {
  const model = flatModel(host.engine, bias);
  using x = host.engine.tensor(randomValues("x", 90), [1, 6, 5, 3]);
  try {
    using run = explain(model, x);
    await body(run);
  } finally {
    model.dispose();
  }
}

describe("class activation maps", () => {
  it("of several pictures and targets are those of each alone", async () => {
    const model = await loadFixtureModel(host.engine, "residual");
    const shape = [1, ...model.inputShape.slice(1).map((extent) => extent ?? 1)];
    const count = shape.reduce((a, b) => a * b, 1);
    const pictures = ["a", "b"].map((seed) => host.engine.tensor(randomValues(seed, count), shape));
    const target = [classLogit(1), topClass(), channel("a_out", 2)];
    const layer = "stem_pool";
    const run = explain(model, pictures);
    const together = await Promise.all(methods.map(({ many }) => many(run, { layer, target })));
    run.dispose();
    for (const [i, x] of pictures.entries()) {
      using alone = explain(model, x);
      for (const [m, { name, one }] of methods.entries()) {
        const maps = await Promise.all(target.map((each) => one(alone, { layer, target: each })));
        for (const [t, map] of maps.entries()) {
          const found = together[m]?.[i]?.[t];
          const what = `${name} of picture ${i}, target ${t}`;
          expect(found?.provenance.method, what).toBe(name);
          expect(found?.provenance.target, what).toBe(map.provenance.target);
          expect(found?.provenance.picture, what).toBe(i);
          expect(map.max, what).toBeGreaterThan(0);
          expect(relativeError(found?.raw.data ?? [], map.raw.data), what).toBeLessThan(1e-4);
          if (map.alpha.length > 0)
            expect(relativeError(found?.alpha ?? [], map.alpha), `alpha of ${what}`).toBeLessThan(1e-4);
        }
      }
    }
    for (const one of [...pictures, model]) one.dispose();
  });

  it("of several targets of different tensors are those of each alone", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const target = [classProbability(3), classLogit(3)];
      const maps = await run.fullGrad({ target });
      for (const [t, each] of target.entries()) {
        const alone = await run.fullGrad({ target: each });
        expect(relativeError(maps[t]?.raw.data ?? [], alone.raw.data)).toBeLessThan(1e-5);
      }
    }));

  it.each(methods)("$name of a layer that is 0 everywhere is empty", ({ one }) =>
    withFlatModel(-1, async (run) => {
      const map = await one(run, { layer: "flat" });
      expect(map).toMatchObject({ status: "empty", min: 0, max: 0 });
      expect(map.heatmap().data.every((value) => value === 0)).toBe(true);
      expect(map.alpha.every(Number.isFinite)).toBe(true);
    }),
  );

  it("of a layer that is the same everywhere are the same everywhere", () =>
    withFlatModel(1, async (run) => {
      for (const { name, one } of methods) {
        const map = await one(run, { layer: "flat", target: classLogit(0) });
        expect(map.max - map.min, name).toBeLessThan(1e-6);
      }
      const centred = await run.eigenCam({ layer: "flat", centred: true });
      expect(centred).toMatchObject({ status: "empty", min: 0, max: 0 });
      expect(await run.fullGrad()).toMatchObject({ status: "empty", min: 0, max: 0 });
    }));
});

describe("Grad-CAM++", () => {
  it("without an epsilon does not depend on the scale of the gradient, over positions with a positive one", () =>
    withFlatModel(1, async (run) => {
      // A = 1 at 12 positions, g = w / 12 at each: a = 1 / (2 + 12 g), and over their sum 1 / 12
      const [exact, authors, plain] = await Promise.all([
        run.gradCamPlusPlus({ epsilon: 0 }),
        run.gradCamPlusPlus({ normalise: "authors" }),
        run.gradCam(),
      ]);
      const g = [...plain.alpha].map((value) => Math.max(value, 0));
      expect(Math.max(...g)).toBeGreaterThan(0);
      for (const [k, value] of g.entries()) {
        expect(exact.alpha[k]).toBeCloseTo((12 * value) / (2 + 12 * value), 6);
        expect(authors.alpha[k]).toBeCloseTo(value, 6);
      }
    }));

  it("refuses options that are none", () =>
    withFlatModel(1, async (run) => {
      await expect(run.gradCamPlusPlus({ normalise: "all" as "none" })).rejects.toThrow(UnknownNameError);
      await expect(run.gradCamPlusPlus({ epsilon: -1 })).rejects.toThrow(ShapeError);
    }));
});

describe("Eigen-CAM", () => {
  it("takes the sign with the larger positive mass, and says so", () =>
    withRun(host.engine, "separable", async (run) => {
      const layer = "a_conv"; // before any activation: of both signs
      const [eigen, grad] = await Promise.all([run.eigenCam({ layer }), run.eigenGradCam({ layer })]);
      for (const map of [eigen, grad]) {
        expect(map.min).toBeLessThan(0);
        expect(map.raw.data.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0);
        expect(map.provenance.options).toEqual({ centred: false, sign: "larger positive mass" });
        expect(Math.hypot(...map.alpha)).toBeCloseTo(1, 5);
      }
      const another = await run.eigenCam({ layer, target: classLogit(1) });
      expect([...another.raw.data]).toEqual([...eigen.raw.data]);
      expect(another.provenance).toMatchObject({ rule: "none", target: "logit of class 1" });
    }));
});

describe("FullGrad", () => {
  it.each(["residual", "lenet-mnist", "vgg-like"])("of %s: all terms together are the target", (name) =>
    withRun(host.engine, name, async (run) => {
      const maps = await run.fullGrad({ target: [topClass(), classLogit(1)] });
      for (const { provenance, raw } of maps) {
        expect(provenance.options?.completenessError).toBeLessThan(1e-4);
        expect([raw.height, raw.width]).toEqual(run.input.shape.slice(1, 3));
      }
    }),
  );

  it("says where the network is not piecewise linear", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const map = await run.fullGrad({ target: classProbability(1) });
      expect(map.provenance.options?.completenessError).toBeGreaterThan(0.01);
      await expect(run.fullGrad({ rescale: "all" as "layer" })).rejects.toThrow(UnknownNameError);
      await expect(run.fullGrad({ resize: "nearest" as "half-pixel" })).rejects.toThrow(UnknownNameError);
    }));
});

describe("max-pool gradients relaxed", () => {
  it("reach every map that needs a gradient, and are told", () =>
    withRun(host.engine, "lenet-mnist", async (run) => {
      const layer = "conv2";
      const each = (relaxMaxPool: boolean) =>
        Promise.all([
          run.gradCamPlusPlus({ layer, relaxMaxPool }),
          run.xGradCam({ layer, relaxMaxPool }),
          run.hiResCam({ layer, relaxMaxPool }),
          run.layerCam({ layer, relaxMaxPool }),
          run.eigenGradCam({ layer, relaxMaxPool }),
        ]);
      const [plain, relaxed] = [await each(false), await each(true)];
      for (const [i, map] of relaxed.entries()) {
        expect(relativeError(map.raw.data, plain[i]?.raw.data ?? []), map.provenance.method).toBeGreaterThan(0.01);
        expect(map.provenance.options).toMatchObject({ relaxMaxPool: true });
      }
    }));
});
