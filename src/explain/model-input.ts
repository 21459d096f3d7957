import { NotDefinedError, ShapeError, WeightsFormatError } from "../errors.ts";
import { type Background, backgroundOf, inverted } from "../image/background.ts";
import { type PreprocessMode, type PreprocessSpec, preprocess } from "../image/preprocess.ts";
import { type ResizeMethod, resizeImage } from "../image/resize.ts";
import type { Image } from "../image/types.ts";
import type { Model } from "../nn/model.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How a picture becomes a model's input, where the model leaves a choice. */
export interface ModelInputOptions {
  /** How the picture is brought to the model's size; the `method` of the model's own preprocessing unless given, else
   * "nearest", as Keras' load_img. */
  readonly method?: ResizeMethod;
}

/** Makes a model's input of a picture: resized (stretched, not cropped) to the model's extents, or left as large as it is
 * where they are open, and prepared as `model.preprocessing` says. Set that first where the file did not say. Its
 * `background` ("dark", "light") is for drawings: a picture whose border is of the other kind is inverted.
 * @returns [1, height, width, channels] on the model's engine; the caller owns it
 * @throws  NotDefinedError if the preprocessing is not known; UnknownNameError for a mode that does not exist;
 *          WeightsFormatError for a description that makes no sense; ShapeError for a model that takes no pictures;
 *          OutOfMemoryError for pictures larger than the device allows */
export function modelInput(model: Model, image: Image, { method }: ModelInputOptions = {}): Tensor {
  const channels = channelsOf(model);
  const spec = preprocessingOf(model);
  const [, height, width] = model.inputShape;
  const size = { width: width ?? image.width, height: height ?? image.height };
  const own = typeof spec === "object" ? spec.method : undefined;
  const source = isInverted(model, image) ? inverted(image) : image;
  // first: what is too large for the device may be more than the CPU can hold as well
  const x = model.engine.writable([1, size.height, size.width, channels]);
  try {
    const resized = resizeImage(source, { ...size, method: method ?? own ?? "nearest" });
    model.engine.write(x, 0, preprocess(resized, spec, { channels }));
    return x;
  } catch (error) {
    x.dispose();
    throw error;
  }
}

/** Whether `modelInput` takes the negative of a picture: where the model's preprocessing names a background, "dark" or
 * "light", and the picture has the other.
 * @throws as `modelInput` */
export function isInverted(model: Model, image: Image): boolean {
  const spec = preprocessingOf(model);
  return typeof spec === "object" && spec.background !== undefined && spec.background !== backgroundOf(image);
}

/** Whether the model takes blue first. */
export function isBgr({ preprocessing }: Model): boolean {
  return preprocessing === "caffe" || (typeof preprocessing === "object" && preprocessing.order === "bgr");
}

/** How many channels a model's pictures have.
 * @throws ShapeError for a model that takes no pictures */
export function channelsOf({ name, inputShape }: Model): 1 | 3 {
  const channels = inputShape.length === 4 ? inputShape[3] : undefined;
  if (channels === 1 || channels === 3) return channels;
  const shape = inputShape.map((extent) => extent ?? "any").join(", ");
  throw new ShapeError(
    `model "${name}" takes [${shape}], which is no picture of 1 or 3 channels. Give it an array of that shape.`,
  );
}

/** The numbers, the way in which the model's pictures were resized, and what the strokes of its drawings stood on. */
export type Described = PreprocessSpec & { readonly method?: ResizeMethod; readonly background?: Background };

/** What is done to a model's pictures.
 * @throws as `modelInput` */
export function preprocessingOf({ name, preprocessing }: Model): PreprocessMode | Described {
  if (preprocessing === undefined)
    throw new NotDefinedError(
      `model "${name}" does not say how its pictures were prepared. Set model.preprocessing as it was trained: ` +
        '"caffe", "tf", "torch", "unit", "raw", or the numbers.',
    );
  // preprocess() refuses a name that is no mode
  return typeof preprocessing === "string" ? (preprocessing as PreprocessMode) : checked(preprocessing);
}

const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown) => Array.isArray(value) && value.every(isNumber);
const fields = new Map<string, (value: unknown) => boolean>([
  ["order", (value) => value === "rgb" || value === "bgr"],
  ["method", (value) => value === "nearest" || value === "bilinear" || value === "bicubic"],
  ["background", (value) => value === "dark" || value === "light"],
  ["divisor", isNumber],
  ["scale", isNumber],
  ["offset", isNumber],
  ["mean", isNumbers],
  ["std", isNumbers],
]);

/** The fields that are known, checked: a model file may come from anywhere, and may say more. */
function checked(given: Readonly<Record<string, unknown>>): Described {
  const entries = Object.entries(given).filter(([key]) => fields.has(key));
  const wrong = entries.find(([key, value]) => !fields.get(key)?.(value));
  if (wrong)
    throw new WeightsFormatError(
      `the model's preprocessing has ${wrong[0]} = ${JSON.stringify(wrong[1])}, which is not understood. ` +
        'Choose another: "caffe", "tf", "torch", "unit" or "raw".',
    );
  return Object.fromEntries(entries) as Described;
}
