import { unknownChoice } from "./options.ts";

/** The methods in the order in which they are shown. */
export const methodNames = [
  "cam",
  "gradcam",
  "counterfactual",
  "guided-gradcam",
  "guided",
  "deconvnet",
  "saliency",
  "saliency-positive",
  "saliency-negative",
  "sweep",
] as const;

export type MethodName = (typeof methodNames)[number];

export const methodTitles: Readonly<Record<MethodName, string>> = {
  cam: "CAM",
  gradcam: "Grad-CAM",
  counterfactual: "Counterfactual Grad-CAM",
  "guided-gradcam": "Guided Grad-CAM",
  guided: "Guided backpropagation",
  deconvnet: "Deconvnet",
  saliency: "Saliency",
  "saliency-positive": "Positive saliency",
  "saliency-negative": "Negative saliency",
  sweep: "Grad-CAM at every layer",
};

/** What a picture shows, for readers who have not seen one. */
export const methodMeanings: Readonly<Record<MethodName, string>> = {
  cam:
    "Class activation map: the network's last feature maps, each weighted by how much its final layer counts it for " +
    "this class. Exact, but only defined for networks that end in an average over the picture and one layer.",
  gradcam:
    "The same for any network: each feature map is weighted by the mean gradient of the class's score. Coarse, but it " +
    "tells classes apart.",
  counterfactual: "Grad-CAM with the gradient's sign turned: what speaks against the class.",
  "guided-gradcam":
    "Guided backpropagation, kept where Grad-CAM is warm: the details that belong to this class rather than another.",
  guided:
    "The gradient at the pixels, letting only positive signals back through each ReLU. It shows sharply what the " +
    "network notices, but hardly differs from class to class.",
  deconvnet:
    "As guided backpropagation, but blind to which units were active. Here for comparison: it often shows the grid of " +
    "the network's strides more than the picture.",
  saliency:
    "Which pixels would change the class's score most: the magnitude of the gradient at the pixels, shown three times " +
    "brighter than in the file.",
  "saliency-positive": "Where more of a colour would raise the class's score: the positive part of the gradient.",
  "saliency-negative": "Where more of a colour would lower the class's score: the negative part of the gradient.",
  sweep: "From edges to objects: Grad-CAM at one layer after another, from the first to the last.",
};

export interface MethodChoice {
  readonly methods: readonly MethodName[];
  /** Asked for as "all": a method that is not defined for the model is left out instead of failing. */
  readonly lenient: boolean;
}

/** Reads the values of `--method`: names separated by commas.
 * @throws UsageError with the nearest name */
export function chooseMethods(values: readonly string[]): MethodChoice {
  const asked = values.flatMap((value) => value.split(",")).map((name) => name.trim());
  for (const name of asked)
    if (name !== "all" && !isMethod(name)) throw unknownChoice("--method", name, [...methodNames, "all"]);
  const lenient = asked.length === 0 || asked.includes("all");
  return { methods: methodNames.filter((name) => lenient || asked.includes(name)), lenient };
}

function isMethod(name: string): name is MethodName {
  return (methodNames as readonly string[]).includes(name);
}
