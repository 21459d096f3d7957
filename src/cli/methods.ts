import { unknownChoice } from "./options.ts";

/** What belongs together; each group's name can be given as a method. */
export type MethodGroup = "cams" | "gradients" | "perturbation";

interface MethodFacts {
  readonly title: string;
  /** What its picture shows, for readers who have not seen one. */
  readonly meaning: string;
  readonly group: MethodGroup;
  /** Part of "all": needs no more than the one forward pass and walks back, and is not much like another that is. */
  readonly quick?: true;
}

/** The methods in the order in which they are shown. */
const table = {
  cam: {
    title: "CAM",
    meaning:
      "Class activation map: the network's last feature maps, each weighted by how much its final layer counts it for " +
      "this class. Exact, but only defined for networks that end in an average over the picture and one layer.",
    group: "cams",
    quick: true,
  },
  gradcam: {
    title: "Grad-CAM",
    meaning:
      "The same for any network: each feature map is weighted by the mean gradient of the class's score. Coarse, but it " +
      "tells classes apart.",
    group: "cams",
    quick: true,
  },
  "gradcam++": {
    title: "Grad-CAM++",
    meaning:
      "Grad-CAM that counts positive gradients more where there are few of them, so that several small things of one " +
      "class all show.",
    group: "cams",
  },
  xgradcam: {
    title: "XGrad-CAM",
    meaning: "Grad-CAM whose mean gives more weight to positions where the feature map itself is strong.",
    group: "cams",
  },
  hirescam: {
    title: "HiResCAM",
    meaning:
      "Gradient times feature map at each position, without averaging first: it shows only places that this layer's " +
      "score really used.",
    group: "cams",
  },
  layercam: {
    title: "LayerCAM",
    meaning: "Each position is weighted by its own gradient where that is positive. Good at early, finer layers.",
    group: "cams",
  },
  eigencam: {
    title: "Eigen-CAM",
    meaning:
      "What the feature maps have in common, their first principal component. It asks for no class: the same picture " +
      "for each.",
    group: "cams",
  },
  eigengradcam: {
    title: "EigenGrad-CAM",
    meaning: "What gradient times feature map has in common over all maps: Eigen-CAM that tells classes apart.",
    group: "cams",
  },
  fullgrad: {
    title: "FullGrad",
    meaning:
      "The gradient at the pixels times the pixels, plus the same for every bias in the network: every layer has its share.",
    group: "cams",
  },
  scorecam: {
    title: "Score-CAM",
    meaning:
      "Without gradients: the picture is shown to the network through each feature map, as through a mask, and the map " +
      "counts as much as the class's score it keeps. One forward pass for every map.",
    group: "cams",
  },
  ablationcam: {
    title: "Ablation-CAM",
    meaning:
      "Without gradients: each feature map is switched off in turn, and counts as much as the class's score then falls.",
    group: "cams",
  },
  counterfactual: {
    title: "Counterfactual Grad-CAM",
    meaning: "Grad-CAM with the gradient's sign turned: what speaks against the class.",
    group: "cams",
    quick: true,
  },
  "guided-gradcam": {
    title: "Guided Grad-CAM",
    meaning:
      "Guided backpropagation, kept where Grad-CAM is warm: the details that belong to this class rather than another.",
    group: "gradients",
    quick: true,
  },
  guided: {
    title: "Guided backpropagation",
    meaning:
      "The gradient at the pixels, letting only positive signals back through each ReLU. It shows sharply what the " +
      "network notices, but hardly differs from class to class.",
    group: "gradients",
    quick: true,
  },
  deconvnet: {
    title: "Deconvnet",
    meaning:
      "As guided backpropagation, but blind to which units were active. Here for comparison: it often shows the grid of " +
      "the network's strides more than the picture.",
    group: "gradients",
    quick: true,
  },
  rectgrad: {
    title: "RectGrad",
    meaning: "The gradient at the pixels, let back through each ReLU only where it matters most there: less noise.",
    group: "gradients",
  },
  saliency: {
    title: "Saliency",
    meaning:
      "Which pixels would change the class's score most: the magnitude of the gradient at the pixels, shown three times " +
      "brighter than in the file.",
    group: "gradients",
    quick: true,
  },
  "saliency-positive": {
    title: "Positive saliency",
    meaning: "Where more of a colour would raise the class's score: the positive part of the gradient.",
    group: "gradients",
    quick: true,
  },
  "saliency-negative": {
    title: "Negative saliency",
    meaning: "Where more of a colour would lower the class's score: the negative part of the gradient.",
    group: "gradients",
    quick: true,
  },
  "input-x-gradient": {
    title: "Input x gradient",
    meaning: "The gradient times the pixel itself: how much each pixel adds to the score, as far as a line can tell.",
    group: "gradients",
  },
  smoothgrad: {
    title: "SmoothGrad",
    meaning: "The mean gradient of many noisy copies of the picture: what of the saliency does not hang on chance.",
    group: "gradients",
  },
  "integrated-gradients": {
    title: "Integrated gradients",
    meaning:
      "The gradient averaged on the way from an empty picture to this one, times the way: the values add up to what the " +
      "picture gained in score.",
    group: "gradients",
  },
  lrp: {
    title: "Layer-wise relevance propagation",
    meaning: "The score is handed back layer by layer to those who contributed to it, until the pixels have it all.",
    group: "gradients",
  },
  occlusion: {
    title: "Occlusion",
    meaning: "A square hides one part of the picture after another: where the score falls most, the class was seen.",
    group: "perturbation",
  },
  rise: {
    title: "RISE",
    meaning:
      "The picture under a thousand random masks: each pixel shows the mean score of the masks that left it visible.",
    group: "perturbation",
  },
  sweep: {
    title: "Grad-CAM at every layer",
    meaning: "From edges to objects: Grad-CAM at one layer after another, from the first to the last.",
    group: "cams",
    quick: true,
  },
} as const satisfies Readonly<Record<string, MethodFacts>>;

export type MethodName = keyof typeof table;

const facts: Readonly<Record<MethodName, MethodFacts>> = table;

/** In the order in which they are shown. */
export const methodNames = Object.keys(table) as MethodName[];

export const groupNames: readonly MethodGroup[] = ["cams", "gradients", "perturbation"];

export function methodTitle(name: MethodName): string {
  return facts[name].title;
}

export function methodMeaning(name: MethodName): string {
  return facts[name].meaning;
}

export function methodGroup(name: MethodName): MethodGroup {
  return facts[name].group;
}

export interface MethodChoice {
  readonly methods: readonly MethodName[];
  /** Asked for as a group: a method that is not defined for the model is left out instead of failing. */
  readonly lenient: boolean;
}

/** Reads the values of `--method`: names of methods and groups, separated by commas; "all" unless there are any.
 * @throws UsageError with the nearest name */
export function chooseMethods(values: readonly string[]): MethodChoice {
  const asked = values.flatMap((value) => value.split(",")).map((name) => name.trim());
  const groups = ["all", "every", ...groupNames];
  for (const name of asked)
    if (!Object.hasOwn(table, name) && !groups.includes(name))
      throw unknownChoice("--method", name, [...methodNames, ...groups]);
  const names = new Set(asked.length === 0 ? ["all"] : asked);
  const wanted = (name: MethodName) =>
    names.has(name) || names.has("every") || names.has(facts[name].group) || (names.has("all") && facts[name].quick);
  return { methods: methodNames.filter(wanted), lenient: groups.some((group) => names.has(group)) };
}
