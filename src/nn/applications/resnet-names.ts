/** ResNet50's layers have had two sets of names in Keras. They are paired here layer by layer: in the first block of a
 * stage the shortcut and the third convolution stand in another order in each, so position proves nothing. */

export interface ResNetNames {
  readonly stem: { readonly conv: string; readonly bn: string; readonly relu: string; readonly pool: string };
  readonly head: string;
  /** Names in block `block` (from 1) of stage `stage` (2 to 5). */
  readonly block: (stage: number, block: number) => BlockNames;
}

export interface BlockNames {
  /** Convolution and batch normalisation: the shortcut first, then the three of the main branch. */
  readonly conv: readonly [string, string, string, string];
  readonly bn: readonly [string, string, string, string];
  /** After the first and the second convolution. */
  readonly relu: readonly [string, string];
  readonly add: string;
  readonly out: string;
}

/** Stages 2 to 5 with their numbers of blocks. */
export const resnet50Stages: readonly (readonly [stage: number, blocks: number])[] = [
  [2, 3],
  [3, 4],
  [4, 6],
  [5, 3],
];

/** keras-applications 1.0.8 and later. */
export const newResnetNames: ResNetNames = {
  stem: { conv: "conv1_conv", bn: "conv1_bn", relu: "conv1_relu", pool: "pool1_pool" },
  head: "predictions",
  block(stage, block) {
    const at = `conv${stage}_block${block}`;
    return {
      conv: [`${at}_0_conv`, `${at}_1_conv`, `${at}_2_conv`, `${at}_3_conv`],
      bn: [`${at}_0_bn`, `${at}_1_bn`, `${at}_2_bn`, `${at}_3_bn`],
      relu: [`${at}_1_relu`, `${at}_2_relu`],
      add: `${at}_add`,
      out: `${at}_out`,
    };
  },
};

/** Before that. Activations and additions have numbers that run through the whole network: 1 in the stem, then three
 * activations and one addition to a block. */
export const oldResnetNames: ResNetNames = {
  stem: { conv: "conv1", bn: "bn_conv1", relu: "activation_1", pool: "max_pooling2d_1" },
  head: "fc1000",
  block(stage, block) {
    const at = `${stage}${String.fromCharCode(96 + block)}_branch`;
    const before = blocksBefore(stage) + block - 1;
    return {
      conv: [`res${at}1`, `res${at}2a`, `res${at}2b`, `res${at}2c`],
      bn: [`bn${at}1`, `bn${at}2a`, `bn${at}2b`, `bn${at}2c`],
      relu: [`activation_${3 * before + 2}`, `activation_${3 * before + 3}`],
      add: `add_${before + 1}`,
      out: `activation_${3 * before + 4}`,
    };
  },
};

function blocksBefore(stage: number): number {
  return resnet50Stages.filter(([other]) => other < stage).reduce((sum, [, blocks]) => sum + blocks, 0);
}

type NamePair = readonly [oldName: string, newName: string];

/** Old and new names of the layers that hold weights, in the order of the network. */
export const resnet50WeightLayers: readonly NamePair[] = [
  [oldResnetNames.stem.conv, newResnetNames.stem.conv],
  [oldResnetNames.stem.bn, newResnetNames.stem.bn],
  ...resnet50Stages.flatMap(([stage, blocks]) =>
    Array.from({ length: blocks }, (_, i) => weightPairs(stage, i + 1)).flat(),
  ),
  [oldResnetNames.head, newResnetNames.head],
];

/** Old and new names of all layers that have two. */
export const resnet50Layers: readonly NamePair[] = [
  ...resnet50WeightLayers,
  [oldResnetNames.stem.relu, newResnetNames.stem.relu],
  [oldResnetNames.stem.pool, newResnetNames.stem.pool],
  ...resnet50Stages.flatMap(([stage, blocks]) =>
    Array.from({ length: blocks }, (_, i) => otherPairs(stage, i + 1)).flat(),
  ),
];

function weightPairs(stage: number, block: number): NamePair[] {
  const [before, after] = [oldResnetNames.block(stage, block), newResnetNames.block(stage, block)];
  const branches = block === 1 ? ([0, 1, 2, 3] as const) : ([1, 2, 3] as const);
  return branches.flatMap((i): NamePair[] => [
    [before.conv[i], after.conv[i]],
    [before.bn[i], after.bn[i]],
  ]);
}

function otherPairs(stage: number, block: number): NamePair[] {
  const [before, after] = [oldResnetNames.block(stage, block), newResnetNames.block(stage, block)];
  return [
    [before.relu[0], after.relu[0]],
    [before.relu[1], after.relu[1]],
    [before.add, after.add],
    [before.out, after.out],
  ];
}

const toNew: ReadonlyMap<string, string> = new Map(resnet50Layers);
const toOld: ReadonlyMap<string, string> = new Map(resnet50Layers.map(([oldName, newName]) => [newName, oldName]));

/** The other generation's names, to the names of a model of this one: for "new", `res2a_branch1` to
 * `conv2_block1_0_conv`. */
export function resnet50Aliases(generation: "old" | "new"): ReadonlyMap<string, string> {
  return generation === "new" ? toNew : toOld;
}
