// From a decoded picture to what a model takes, by the model's own preprocessing.
import { expect, it } from "vitest";
import { NotDefinedError, ShapeError, UnknownNameError, WeightsFormatError } from "../../src/errors.ts";
import { modelInput } from "../../src/explain/model-input.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import { resizeImage } from "../../src/image/resize.ts";
import { Model, type ModelPreprocessing } from "../../src/nn/model.ts";
import { noiseImage } from "../image/support.ts";
import { sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const picture = noiseImage(9, 7, 3);

function modelOn(shape: readonly (number | null)[], preprocessing?: ModelPreprocessing): Model {
  const model = Model.fromConfig(host.engine, sequential(shape, []));
  if (preprocessing !== undefined) model.preprocessing = preprocessing;
  return model;
}

it.each(["caffe", "tf", "torch", "unit", "raw"] as const)("is resized to the nearest pixel, then %s", async (mode) => {
  using x = modelInput(modelOn([4, 5, 3], mode), picture);
  const small = resizeImage(picture, { width: 5, height: 4, method: "nearest" });
  expect(x.shape).toEqual([1, 4, 5, 3]);
  expect(await x.read()).toEqual(preprocess(small, mode));
});

it("follows the numbers and the method that a model's file gives, and passes over what it says besides", async () => {
  const numbers = { order: "bgr", mean: [1, 2, 3], std: [4, 5, 6] } as const;
  const model = modelOn([4, 5, 3], { ...numbers, method: "bilinear", fit: "stretch", constructor: 1 });
  const like = (method: "bilinear" | "bicubic") =>
    preprocess(resizeImage(picture, { width: 5, height: 4, method }), numbers);
  using x = modelInput(model, picture);
  expect(await x.read()).toEqual(like("bilinear"));
  using other = modelInput(model, picture, { method: "bicubic" });
  expect(await other.read()).toEqual(like("bicubic"));
});

it("keeps the picture's own size where the model's is open, and turns it gray for one channel", async () => {
  using open = modelInput(modelOn([null, null, 3], "raw"), picture);
  expect(open.shape).toEqual([1, 7, 9, 3]);
  using gray = modelInput(modelOn([7, 9, 1], "unit"), picture);
  expect(gray.shape).toEqual([1, 7, 9, 1]);
  expect(await gray.read()).toEqual(preprocess(picture, "unit", { channels: 1 }));
});

it("is refused where nobody said how, or where it makes no sense", () => {
  const make = (shape: readonly (number | null)[], how?: ModelPreprocessing) => () =>
    modelInput(modelOn(shape, how), picture);
  expect(make([4, 5, 3])).toThrow(NotDefinedError);
  expect(make([4, 5, 3])).toThrow(/does not say how its pictures were prepared\. Set model\.preprocessing/);
  expect(make([4, 5, 3], "cafe")).toThrow(UnknownNameError);
  expect(make([4, 5, 3], { mean: [1, "2", 3] })).toThrow(WeightsFormatError);
  expect(make([4, 5, 3], { mean: [1, "2", 3] })).toThrow('preprocessing has mean = [1,"2",3]');
  expect(make([4, 5, 3], { method: "lanczos" })).toThrow('method = "lanczos"');
  expect(make([4, 5, 2], "raw")).toThrow(ShapeError);
  expect(make([6], "raw")).toThrow('model "small" takes [any, 6], which is no picture of 1 or 3 channels');
});
