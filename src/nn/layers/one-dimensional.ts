import { reshape, zeroPad2d } from "../../autograd/ops/layout.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BuiltLayer, type LayerClass, labelled, only, showLayerShape, type WeightSpec, weight } from "../layer.ts";
import { LayerConfig } from "../layer-config.ts";
import { isWhole } from "../untrusted.ts";
import { conv2dLayer, depthwiseConv2dLayer, separableConv2dLayer } from "./conv.ts";
import { conv2dTransposeLayer } from "./conv-transpose.ts";
import { cropping2dLayer } from "./moving.ts";
import {
  averagePooling2dLayer,
  globalAveragePooling2dLayer,
  globalMaxPooling2dLayer,
  maxPooling2dLayer,
} from "./pooling.ts";
import { upSampling2dLayer, zeroPadding2dLayer } from "./reshape.ts";

/** The options of a layer over [n, length, c] as its relative over pictures of height 1 reads them. */
class RowConfig extends LayerConfig {
  readonly #row: LayerConfig;
  readonly #ends: string | undefined;

  /** @param ends the option that says how much is added or cut at both ends: 1 unless told */
  constructor(row: LayerConfig, ends: string | undefined) {
    super({}, row);
    this.#row = row;
    this.#ends = ends;
  }

  override raw(key: string): unknown {
    const value = this.#row.raw(key);
    if (key === this.#ends) return [[0, 0], Array.isArray(value) ? value : [value ?? 1, value ?? 1]];
    if (value === undefined || value === null) return value;
    if (key === "padding" && value === "causal") return "valid";
    return key === "output_padding" ? [0, alone(value)] : value;
  }

  override pair(key: string, otherwise?: number): [number, number] {
    const value = this.#row.raw(key) ?? otherwise;
    const extent = alone(value);
    if (!isWhole(extent, 1)) this.refuse(key, value, "a whole number of at least 1");
    return [1, extent];
  }
}

/** Keras writes 3 or [3]. */
function alone(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

/** A layer over [n, length, c], computed by its relative over [n, 1, length, c]. */
function rowLayer(className: string, picture: LayerClass, ends?: "padding" | "cropping"): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      const shape = only(inputShapes, config.title);
      const [, length = null, channels = null] = shape;
      if (shape.length !== 3 || channels === null)
        throw new ShapeError(
          `${config.title}: its input is ${showLayerShape(shape)}; [null, length, channels] is wanted`,
        );
      const row = new RowConfig(config, ends);
      const before = causalPadding(config, row);
      const inner = picture.build(row, [[null, 1, length && length + before, channels]]);
      const weights = inner.weights.map((spec) => (isKernel(spec) ? { ...spec, shape: spec.shape.slice(1) } : spec));
      return {
        weights,
        outputShape: asRow(inner.outputShape),
        call: (inputs, given, label) => callRow({ inner, before }, only(inputs, label), { given, label }),
      };
    },
  };
}

const isKernel = ({ shape }: WeightSpec) => shape.length === 4;

function callRow(
  { inner, before }: { inner: BuiltLayer; before: number },
  x: Tensor,
  { given, label }: { given: Readonly<Record<string, Tensor>>; label: string },
): Tensor {
  const under = (op: string, body: () => Tensor) => labelled(x.engine, `${label}/${op}`, body);
  const weights = { ...given };
  for (const { name, shape } of inner.weights.filter(isKernel))
    weights[name] = under(name, () => reshape(weight(given, name), shape));
  const rows = under("reshape", () => reshape(x, [x.shape[0] ?? 1, 1, ...x.shape.slice(1)]));
  const sides = [
    [0, 0],
    [before, 0],
  ] as const;
  const padded = before === 0 ? rows : under("zero_pad", () => zeroPad2d(rows, sides));
  const y = inner.call([padded], weights, `${label}/row`);
  return labelled(x.engine, label, () => reshape(y, asRow(y.shape)));
}

/** [n, 1, length, c] -> [n, length, c]; [n, c] stays. */
function asRow<T>(shape: readonly T[]): T[] {
  return shape.length === 4 ? shape.filter((_, axis) => axis !== 1) : [...shape];
}

/** Zeros before the first element, so that no output sees what comes after it. */
function causalPadding(config: LayerConfig, row: RowConfig): number {
  if (config.raw("padding") !== "causal") return 0;
  return (row.pair("kernel_size")[1] - 1) * row.pair("dilation_rate", 1)[1];
}

export const rowLayers: readonly LayerClass[] = [
  rowLayer("Conv1D", conv2dLayer),
  rowLayer("DepthwiseConv1D", depthwiseConv2dLayer),
  rowLayer("SeparableConv1D", separableConv2dLayer),
  rowLayer("Conv1DTranspose", conv2dTransposeLayer),
  rowLayer("MaxPooling1D", maxPooling2dLayer),
  rowLayer("AveragePooling1D", averagePooling2dLayer),
  rowLayer("GlobalMaxPooling1D", globalMaxPooling2dLayer),
  rowLayer("GlobalAveragePooling1D", globalAveragePooling2dLayer),
  rowLayer("ZeroPadding1D", zeroPadding2dLayer, "padding"),
  rowLayer("Cropping1D", cropping2dLayer, "cropping"),
  rowLayer("UpSampling1D", upSampling2dLayer),
];
