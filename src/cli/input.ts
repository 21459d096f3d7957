import { isInverted } from "../explain/model-input.ts";
import { backgroundOf } from "../image/background.ts";
import {
  decodeImage,
  type Image,
  ImageFormatError,
  type Model,
  modelInput,
  type ResizeMethod,
  type Tensor,
} from "../index.ts";

export interface InputOptions {
  /** As the command line names them; the model's own ways unless given. */
  readonly preprocess?: string | undefined;
  readonly interpolation?: string | undefined;
}

export interface PreparedInput {
  /** [1, height, width, channels] */
  readonly x: Tensor;
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
 * @throws as `modelInput` */
export function imageInput(model: Model, image: Image, options: InputOptions): PreparedInput {
  const assumptions: string[] = [];
  if (options.preprocess !== undefined) model.preprocessing = options.preprocess;
  if (model.preprocessing === undefined) {
    model.preprocessing = "unit";
    assumptions.push(
      "The file does not say how its pictures were prepared: samples were divided by 255 (--preprocess unit). " +
        "If the model was trained another way, choose it: --preprocess caffe, tf, torch or raw.",
    );
  }
  if (isInverted(model, image))
    assumptions.push(
      `The picture's background is ${backgroundOf(image)}, and that of the pictures that the model was trained on was not: ` +
        "the model was given the negative.",
    );
  const method = options.interpolation as ResizeMethod | undefined;
  return { x: modelInput(model, image, method === undefined ? {} : { method }), assumptions };
}
