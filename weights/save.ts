import { BacklightError, nearest } from "../src/errors.ts";
import type { Model } from "../src/nn/model.ts";
import { BlobSink, type ByteSink } from "./byte-sink.ts";
import { planKeras3H5, planKerasH5 } from "./save-keras-h5.ts";
import { type SavePlan, type SaveProgress, type SaveSource, slotsOf, writePlan } from "./save-plan.ts";
import { planSafetensors } from "./save-safetensors.ts";

/** `safetensors`: Backlight's own, which loads fastest and says everything. `h5`: a whole model for Keras'
 * `load_model`. `weights.h5`: the weights alone, for Keras 3's `load_weights`. */
export type SaveFormat = "safetensors" | "h5" | "weights.h5";

/** How a model is written. */
export interface SaveOptions {
  readonly format: SaveFormat;
  /** float16 halves the file and rounds every weight to 11 bits; float32 unless given. */
  readonly dtype?: "float32" | "float16";
  /** Called as bytes are written. */
  readonly onProgress?: SaveProgress;
}

const planners: Readonly<Record<SaveFormat, (source: SaveSource, dtype: "f16" | "f32") => SavePlan>> = {
  safetensors: planSafetensors,
  h5: planKerasH5,
  "weights.h5": planKeras3H5,
};

/** Every format that `saveModel` writes. */
export const saveFormats = Object.keys(planners) as readonly SaveFormat[];

/** Saves a model. The weights are read from the GPU one after another, in pieces of a few megabytes.
 * @returns the file; write `new Uint8Array(await blob.arrayBuffer())` to disk, or offer the Blob as a download
 * @throws WeightsFormatError if weights were never set or float16 cannot hold one, BacklightError for an unknown format */
export async function saveModel(model: Model, options: SaveOptions): Promise<Blob> {
  const sink = new BlobSink();
  await saveModelTo(model, sink, options);
  return sink.finish();
}

/** Saves a model as a stream: nothing but a piece of it is ever held.
 * @param sink gets the file's bytes in order
 * @throws as `saveModel`, and what the sink throws; the sink then has the beginning of a file */
export async function saveModelTo(model: Model, sink: ByteSink, options: SaveOptions): Promise<void> {
  model.assertLoaded();
  await saveSource(modelSource(model), sink, options);
}

/** Saves what is read from anywhere.
 * @throws as `saveModelTo` */
export async function saveSource(source: SaveSource, sink: ByteSink, options: SaveOptions): Promise<void> {
  const { format, dtype = "float32", onProgress } = options;
  if (!Object.hasOwn(planners, format)) throw unknown("format", format, saveFormats);
  if (dtype !== "float32" && dtype !== "float16") throw unknown("dtype", dtype, ["float32", "float16"]);
  const plan = planners[format](source, dtype === "float16" ? "f16" : "f32");
  await writePlan(plan, { source, sink, onProgress });
}

function unknown(what: string, got: string, known: readonly string[]): BacklightError {
  const guess = nearest(got, known);
  const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
  return new BacklightError(`saveModel: there is no ${what} "${got}".${hint} Known: ${known.join(", ")}.`);
}

function modelSource(model: Model): SaveSource {
  const { config, preprocessing, classNames } = model;
  return {
    config,
    slots: slotsOf(model.layers),
    metadata: {
      ...(preprocessing === undefined ? {} : { preprocess: JSON.stringify(preprocessing) }),
      ...(classNames === undefined ? {} : { classes: JSON.stringify(classNames) }),
    },
    readRows: ({ layer, name }, start, count) => model.readWeight(layer, name, { start, count }),
  };
}
