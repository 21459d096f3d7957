import { ShapeError } from "../errors.ts";
import { toGray, toRgb } from "./channels.ts";
import { unknownName } from "./check.ts";
import type { Image } from "./types.ts";

/** What a network wants done to samples 0..255: `((sample / divisor) * scale + offset - mean) / std`, each step in
 * float32 and in this order, so that the values are the bits that NumPy's float32 gives. */
export interface PreprocessSpec {
  /** Of the result's channels; "rgb" unless given. */
  readonly order?: "rgb" | "bgr";
  /** 1 unless given. */
  readonly divisor?: number;
  /** 1 unless given. */
  readonly scale?: number;
  /** 0 unless given. */
  readonly offset?: number;
  /** One value per channel of the result, in the result's order; zeros unless given. */
  readonly mean?: readonly number[];
  /** As `mean`; ones unless given. */
  readonly std?: readonly number[];
}

/** A name of `preprocessSpecs`. */
export type PreprocessMode = "caffe" | "tf" | "torch" | "raw" | "unit";

/** Keras' three modes (VGG and ResNet: caffe; MobileNet, Inception, ResNetV2: tf; DenseNet: torch), and two plain. */
export const preprocessSpecs: Readonly<Record<PreprocessMode, PreprocessSpec>> = {
  caffe: { order: "bgr", mean: [103.939, 116.779, 123.68] },
  tf: { divisor: 127.5, offset: -1 },
  torch: { divisor: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  raw: {},
  unit: { divisor: 255 },
};

/** What kind of picture a network takes. */
export interface PreprocessOptions {
  /** 1 converts to gray first, as PIL's convert("L"); the default is 3. */
  readonly channels?: 1 | 3;
}

/** Turns a picture, resized already, into a network's input; `modelInput` does both as a model wants it.
 * @param mode a name from `preprocessSpecs`, or the numbers themselves
 * @returns    [height, width, channels], channels last, float32
 * @throws     UnknownNameError for a mode that does not exist; ShapeError if mean or std do not fit the channels */
export function preprocess(
  image: Image,
  mode: PreprocessMode | PreprocessSpec,
  { channels = 3 }: PreprocessOptions = {},
): Float32Array {
  const spec = typeof mode === "string" ? specNamed(mode) : mode;
  checkLengths(spec, { mode, channels });
  const tables = Array.from({ length: channels }, (_, c) => tableOf(spec, c));
  const { data: source } = channels === 1 ? toGray(image) : toRgb(image);
  const out = new Float32Array(source.length);
  const last = spec.order === "bgr" ? channels - 1 : undefined;
  for (let start = 0; start < source.length; start += channels) {
    for (const [c, table] of tables.entries()) {
      const from = start + (last === undefined ? c : last - c);
      out[start + c] = table[source[from] ?? 0] ?? 0;
    }
  }
  return out;
}

function specNamed(name: string): PreprocessSpec {
  const specs: Readonly<Record<string, PreprocessSpec>> = preprocessSpecs;
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (spec) return spec;
  throw unknownName("preprocess: no mode", name, Object.keys(specs));
}

function checkLengths(spec: PreprocessSpec, given: { mode: string | PreprocessSpec; channels: number }): void {
  for (const key of ["mean", "std"] as const) {
    const length = spec[key]?.length;
    if (length === undefined || length === given.channels) continue;
    const name = typeof given.mode === "string" ? ` of mode "${given.mode}"` : "";
    throw new ShapeError(
      `preprocess: ${key}${name} has ${length} values but the network takes ${given.channels} channel(s). ` +
        `Give one value per channel: { ${key}: [...] }.`,
    );
  }
}

/** The result for each of the 256 possible samples. */
function tableOf(spec: PreprocessSpec, channel: number): Float32Array {
  const { fround } = Math;
  const { divisor = 1, scale = 1, offset = 0 } = spec;
  const [mean, std] = [fround(spec.mean?.[channel] ?? 0), fround(spec.std?.[channel] ?? 1)];
  return new Float32Array(256).map((_, sample) => {
    const scaled = fround(fround(sample / fround(divisor)) * fround(scale));
    return fround(fround(fround(scaled + fround(offset)) - mean) / std);
  });
}
