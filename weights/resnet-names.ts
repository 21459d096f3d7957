/** ResNet50's layers have had two sets of names in Keras. Both are known here, and mapped name by name: the second
 * stage's shortcut and third convolution have one shape and swap places in the files, so position proves nothing. */

const blocksPerStage: readonly (readonly [stage: number, blocks: number])[] = [
  [2, 3],
  [3, 4],
  [4, 6],
  [5, 3],
];
const branches: readonly (readonly [oldEnd: string, newEnd: string])[] = [
  ["branch2a", "1"],
  ["branch2b", "2"],
  ["branch2c", "3"],
];

/** Pairs of old and new names of the layers that hold weights, in the order of the network. */
export const resnet50WeightLayers: readonly (readonly [oldName: string, newName: string])[] = weightLayers();

/** Pairs of old and new names of all layers whose outputs a user may ask for, weights or not. */
export const resnet50Layers: readonly (readonly [oldName: string, newName: string])[] = [
  ...resnet50WeightLayers,
  ...activationLayers(),
];

function weightLayers(): [string, string][] {
  const pairs: [string, string][] = [
    ["conv1", "conv1_conv"],
    ["bn_conv1", "conv1_bn"],
  ];
  for (const { stage, block, letter } of blocks()) {
    const ends = block === 1 ? [["branch1", "0"] as const, ...branches] : branches;
    for (const [oldEnd, newEnd] of ends) {
      pairs.push([`res${stage}${letter}_${oldEnd}`, `conv${stage}_block${block}_${newEnd}_conv`]);
      pairs.push([`bn${stage}${letter}_${oldEnd}`, `conv${stage}_block${block}_${newEnd}_bn`]);
    }
  }
  pairs.push(["fc1000", "predictions"]);
  return pairs;
}

/** The old network numbers its activations in the order of the graph: the stem, then three for each block. */
function activationLayers(): [string, string][] {
  const pairs: [string, string][] = [["activation_1", "conv1_relu"]];
  for (const [index, { stage, block }] of blocks().entries()) {
    const name = `conv${stage}_block${block}`;
    pairs.push([`activation_${3 * index + 2}`, `${name}_1_relu`]);
    pairs.push([`activation_${3 * index + 3}`, `${name}_2_relu`]);
    pairs.push([`add_${index + 1}`, `${name}_add`]);
    pairs.push([`activation_${3 * index + 4}`, `${name}_out`]);
  }
  return [...pairs, ["max_pooling2d_1", "pool1_pool"]];
}

function blocks(): { stage: number; block: number; letter: string }[] {
  return blocksPerStage.flatMap(([stage, count]) =>
    Array.from({ length: count }, (_, i) => ({ stage, block: i + 1, letter: String.fromCharCode(97 + i) })),
  );
}

const toNew: ReadonlyMap<string, string> = new Map(resnet50Layers);
const toOld: ReadonlyMap<string, string> = new Map(resnet50Layers.map(([oldName, newName]) => [newName, oldName]));

/** The name in keras-applications 1.0.6 and later, or undefined: `res2a_branch1` is `conv2_block1_0_conv`. */
export function newResnet50Name(oldName: string): string | undefined {
  return toNew.get(oldName);
}

/** The name before that, or undefined: `conv5_block3_out` was `activation_49`. */
export function oldResnet50Name(newName: string): string | undefined {
  return toOld.get(newName);
}

/** Aliases for `matchWeights`: file names of either generation to the names of the model's generation. */
export function resnet50Aliases(generation: "old" | "new"): ReadonlyMap<string, string> {
  return new Map(
    resnet50WeightLayers.map(([oldName, newName]) => (generation === "new" ? [oldName, newName] : [newName, oldName])),
  );
}
