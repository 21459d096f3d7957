// What every golden model must satisfy in every lane.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NotDefinedError } from "../../src/errors.ts";
import type { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { engineForTests } from "../support/engine.ts";
import { Golden } from "./golden.ts";
import { inputOf, pictureFor, sha256 } from "./input.ts";
import { type Measurement, measure } from "./measure.ts";

export interface GoldenModel {
  /** Folder of the golden values. */
  readonly folder: string;
  readonly load: (engine: Engine) => Promise<Model>;
}

const LAYER_TOLERANCE = 1e-4;
const MAP_TOLERANCE = 1e-3;
const LEAST_COSINE = 0.99999;
// the slowest lane runs VGG16 on one core, beside another lane
const PATIENCE_MS = 600_000;

/** Declares the tests of one model. */
export function checkModel({ folder, load }: GoldenModel): void {
  describe(folder, () => {
    const at = { golden: undefined, model: undefined, measured: undefined } as {
      golden: Golden | undefined;
      model: Model | undefined;
      measured: Measurement | undefined;
    };
    const golden = () => there(at.golden);
    const model = () => there(at.model);
    const measured = () => there(at.measured);

    beforeAll(async () => {
      at.golden = await Golden.read(folder);
      at.model = await load(await engineForTests());
      at.measured = await measure(at.model, at.golden, inputOf(at.model, at.golden));
    }, PATIENCE_MS);
    afterAll(() => {
      at.model?.dispose();
    });

    it("has Keras' parameters", () => expect(model().countParams()).toEqual(golden().facts.parameters));
    it("gets Keras' input, bit for bit", () => expectInput(model(), golden()));
    it("agrees at every layer", () => expectLayers(golden(), measured()));
    it("agrees at the outputs", () => expectOutputs(golden(), measured()));
    it("agrees in the gradients of all rules", () => expectGradients(measured()));
    it("agrees in the maps", ({ task }) => {
      expectMaps(measured());
      // for `BACKLIGHT_TEST_REPORT=report.json npx vitest run test/golden`, whose report carries it
      Object.assign(task.meta, { golden: summary(folder, measured()) });
    });
    it("has CAM where Keras' golden has it, and else says why not", () => expectCam(measured(), golden()));
  });
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the golden model was not measured");
  return value;
}

async function expectInput(model: Model, golden: Golden): Promise<void> {
  const { input, image, pixels } = golden.facts;
  expect(await sha256(inputOf(model, golden))).toBe(input.sha256);
  if (!image || !pixels) return;
  const picture = await pictureFor(model, image.path);
  expect(picture.data).toEqual(golden.bytes(pixels));
}

function expectLayers(golden: Golden, { layers }: Measurement): void {
  expect(layers.length).toBe(golden.facts.layers.length);
  for (const { name, samples, statistics } of layers) {
    expect(samples, `samples of ${name}`).toBeLessThanOrEqual(LAYER_TOLERANCE);
    expect(statistics, `mean, rms and maximum of ${name}`).toBeLessThanOrEqual(LAYER_TOLERANCE);
  }
}

function expectOutputs(golden: Golden, measured: Measurement): void {
  expect(measured.logits, "logits").toBeLessThanOrEqual(LAYER_TOLERANCE);
  expect(measured.probs, "probabilities").toBeLessThanOrEqual(LAYER_TOLERANCE);
  expect(measured.top5).toEqual(golden.facts.top5.map(({ index }) => index));
}

function expectGradients({ gradients }: Measurement): void {
  for (const [rule, { layer, image }] of Object.entries(gradients)) {
    expect(layer, `${rule} at the target layer`).toBeGreaterThanOrEqual(LEAST_COSINE);
    expect(image, `${rule} at the image`).toBeGreaterThanOrEqual(LEAST_COSINE);
  }
}

function expectMaps({ alpha, gradcam, counterfactual }: Measurement): void {
  expect(alpha, "alpha").toBeLessThanOrEqual(MAP_TOLERANCE);
  expect(gradcam, "Grad-CAM").toBeLessThanOrEqual(MAP_TOLERANCE);
  expect(counterfactual, "counterfactual").toBeLessThanOrEqual(MAP_TOLERANCE);
}

function expectCam({ cam }: Measurement, golden: Golden): void {
  if (golden.facts.cam) {
    expect(cam, "CAM").toBeLessThanOrEqual(MAP_TOLERANCE);
    return;
  }
  expect(cam).toBeInstanceOf(NotDefinedError);
  expect(String(cam)).toMatch(/has no global pooling .* stands ".*Use gradCam\(\)/);
}

/** One row of the table of errors. */
function summary(folder: string, measured: Measurement) {
  const { layers, cam, ...rest } = measured;
  const worst = layers.reduce((a, b) => (b.samples > a.samples ? b : a));
  const numbers = typeof cam === "number" ? { ...rest, cam } : rest;
  return { folder, worstLayer: worst.name, worstLayerError: worst.samples, ...numbers };
}
