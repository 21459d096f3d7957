import {
  decodeImage,
  type Image,
  ImageFormatError,
  type Model,
  type PreprocessMode,
  type PreprocessSpec,
  preprocess,
  type ResizeMethod,
  resizeImage,
  ShapeError,
  WeightsFormatError,
} from "../index.ts";

export interface InputOptions {
  /** As the command line names them; the model's own ways unless given. */
  readonly preprocess?: string | undefined;
  readonly interpolation?: string | undefined;
}

export interface ModelInput {
  readonly values: Float32Array;
  /** [1, height, width, channels] */
  readonly shape: readonly [number, number, number, number];
  /** What had to be guessed, in sentences; empty where the model says all. */
  readonly assumptions: readonly string[];
}

/** Decodes a picture's file; errors begin with its path.
 * @throws ImageFormatError */
export async function decodeFile(bytes: Uint8Array, path: string, options: { orient: boolean }): Promise<Image> {
  return await decodeImage(bytes, options).catch((cause: unknown) => {
    if (cause instanceof ImageFormatError) throw new ImageFormatError(`${path}: ${cause.message}`, { cause });
    throw cause;
  });
}

/** Turns a picture into what a model takes. The chosen preprocessing is put on the model, so that pixel maps know the
 * channels' order.
 * @throws ShapeError for a model that takes no pictures; UnknownNameError for a mode that does not exist */
export function imageInput(model: Model, image: Image, options: InputOptions): ModelInput {
  const assumptions: string[] = [];
  const channels = channelsOf(model);
  if (options.preprocess !== undefined) model.preprocessing = options.preprocess;
  if (model.preprocessing === undefined) {
    model.preprocessing = "unit";
    assumptions.push(
      "The file does not say how its pictures were prepared: samples were divided by 255 (--preprocess unit). " +
        "If the model was trained another way, choose it: --preprocess caffe, tf, torch or raw.",
    );
  }
  const spec = typeof model.preprocessing === "string" ? undefined : readSpec(model.preprocessing);
  const method = (options.interpolation ?? spec?.method ?? "nearest") as ResizeMethod;
  const [, height, width] = model.inputShape;
  const size = { width: width ?? image.width, height: height ?? image.height };
  const resized = resizeImage(image, { ...size, method });
  const mode = spec ?? (model.preprocessing as PreprocessMode);
  const values = preprocess(resized, mode, { channels });
  return { values, shape: [1, size.height, size.width, channels], assumptions };
}

function channelsOf({ name, inputShape }: Model): 1 | 3 {
  const channels = inputShape.length === 4 ? inputShape[3] : undefined;
  if (channels === 1 || channels === 3) return channels;
  const shape = inputShape.map((extent) => extent ?? "any").join(", ");
  throw new ShapeError(
    `model "${name}" takes [${shape}], which is no picture of 1 or 3 channels. Give it an array: backlight predict MODEL INPUT.npy.`,
  );
}

type Described = PreprocessSpec & { readonly method?: ResizeMethod };

/** A model file's own description of its preprocessing, checked: the file may come from anywhere. */
function readSpec(given: Readonly<Record<string, unknown>>): Described {
  const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
  const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
    order: (value) => value === "rgb" || value === "bgr",
    method: (value) => value === "nearest" || value === "bilinear" || value === "bicubic",
    divisor: isNumber,
    scale: isNumber,
    offset: isNumber,
    mean: (value) => Array.isArray(value) && value.every(isNumber),
    std: (value) => Array.isArray(value) && value.every(isNumber),
  };
  const entries = Object.entries(given).filter(([key]) => key in checks);
  const wrong = entries.find(([key, value]) => !checks[key]?.(value));
  if (wrong)
    throw new WeightsFormatError(
      `the model file's preprocessing has ${wrong[0]} = ${JSON.stringify(wrong[1])}, which is not understood. ` +
        "Choose one with --preprocess.",
    );
  return Object.fromEntries(entries) as Described;
}
