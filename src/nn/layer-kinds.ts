import type { GraphLayer } from "./config.ts";
import { identityLayers } from "./layers/identity.ts";
import { keepsOrder } from "./operations/table.ts";

/** What a layer makes of the order of axes: "image" has a data format and takes [n, h, w, c] or [n, c, h, w], "row" the
 * same with one axis less, "axis" names the axis it works along, "elementwise" treats all elements alike. */
export type LayerKind = "image" | "row" | "axis" | "elementwise" | "PReLU" | "Flatten" | "Permute";

const classes: Readonly<Record<LayerKind, readonly string[]>> = {
  image: [
    "Conv2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "Conv2DTranspose",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalMaxPooling2D",
    "GlobalAveragePooling2D",
    "ZeroPadding2D",
    "Cropping2D",
    "UpSampling2D",
    "Resizing",
    "CenterCrop",
    "RandomCrop",
  ],
  row: [
    "Conv1D",
    "DepthwiseConv1D",
    "SeparableConv1D",
    "Conv1DTranspose",
    "MaxPooling1D",
    "AveragePooling1D",
    "GlobalMaxPooling1D",
    "GlobalAveragePooling1D",
    "UpSampling1D",
    "ZeroPadding1D",
  ],
  axis: [
    "BatchNormalization",
    "BatchNormalizationV1",
    "BatchNormalizationV2",
    "SyncBatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "RMSNormalization",
    "UnitNormalization",
    "Normalization",
    "Softmax",
    "Concatenate",
  ],
  elementwise: [
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "ThresholdedReLU",
    "Rescaling",
    "Add",
    "Subtract",
    "Multiply",
    "Average",
    "Maximum",
    "Minimum",
    ...identityLayers.map((layer) => layer.className),
  ],
  PReLU: ["PReLU"],
  Flatten: ["Flatten"],
  Permute: ["Permute"],
};

const kinds: ReadonlyMap<string, LayerKind> = new Map(
  (Object.keys(classes) as LayerKind[]).flatMap((kind) => classes[kind].map((name) => [name, kind] as const)),
);

/** The kind of a layer by its Keras class; undefined for one that sees its input as it is, such as Reshape or Dense. */
export function kindOf({ className, operation }: GraphLayer): LayerKind | undefined {
  // an operation may have the class name of a layer
  if (operation) return keepsOrder(operation) ? "elementwise" : undefined;
  return kinds.get(className);
}
