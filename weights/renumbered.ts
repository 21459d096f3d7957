import type { WeightSlot } from "./assign.ts";
import { addTo } from "./lists.ts";
import type { ModelFile } from "./model-file.ts";

/** Names that Keras makes up: the class, and how many of it the program had made before. */
const madeUp = new RegExp(
  "^(conv[123]d|conv[123]d_transpose|depthwise_conv[12]d|separable_conv[12]d|dense|batch_normalization|" +
    "layer_normalization|group_normalization|normalization|p_re_lu|layer_scale)(?:_([0-9]{1,6}))?$",
);

interface Numbered {
  readonly name: string;
  readonly number: number;
  /** Shapes of its weights. */
  readonly shapes: string;
}

/** Layers that bear other made-up names in the file than in the model, because the program that wrote the file had made
 * other layers before: conv2d_5, conv2d_6 for conv2d, conv2d_1. Names alone would even pair the wrong ones. Where the
 * numbers differ and everything else agrees, the order of the numbers decides, as it does in Keras.
 * @returns layer name in the file to layer name in the model */
export function renumberedLayers(
  slots: readonly WeightSlot[],
  file: Pick<ModelFile, "layers">,
): ReadonlyMap<string, string> {
  const ofModel = groupByClass(slots.map(({ layer, shape }) => ({ layer, shape })));
  const ofFile = groupByClass(
    file.layers.flatMap(({ name, weights }) => weights.map(({ shape }) => ({ layer: name, shape }))),
  );
  const pairs = new Map<string, string>();
  for (const [className, theirs] of ofFile) {
    const ours = ofModel.get(className) ?? [];
    const agree = ours.length === theirs.length && ours.every(({ shapes }, i) => shapes === theirs[i]?.shapes);
    if (!agree || ours.every(({ name }, i) => name === theirs[i]?.name)) continue;
    for (const [i, { name }] of theirs.entries()) pairs.set(name, ours[i]?.name ?? name);
  }
  return pairs;
}

function groupByClass(weights: readonly { layer: string; shape: readonly number[] }[]): Map<string, Numbered[]> {
  const shapes = new Map<string, string[]>();
  for (const { layer, shape } of weights) addTo(shapes, layer, extentsOf(shape));
  const groups = new Map<string, Numbered[]>();
  for (const [name, list] of shapes) {
    const [, className, number = "-1"] = madeUp.exec(name) ?? [];
    if (className !== undefined)
      addTo(groups, className, { name, number: Number(number), shapes: list.sort().join(" ") });
  }
  for (const group of groups.values()) group.sort((a, b) => a.number - b.number);
  return groups;
}

/** Old files keep the axes in another order, and one of extent 1 more. */
function extentsOf(shape: readonly number[]): string {
  const extents = shape.filter((extent) => extent !== 1);
  return extents.sort((a, b) => a - b).join("x");
}
