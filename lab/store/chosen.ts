import { computed } from "@preact/signals";
import { classLogit, classProbability, difference, negative, type Prediction, type Target } from "../../src/index.ts";
import { numberParam, param } from "./link.ts";
import { explained } from "./session.ts";

// What the reader asks of the recording: which scalar (the seed of the walk back), and at which layer. Both are in the address.

/** Kinds of seeds, as addresses name them. */
export const seeds = ["logit", "probability", "difference", "negative"] as const;
export type SeedName = (typeof seeds)[number];

export const seedName = computed<SeedName>(() => seeds.find((name) => name === param("seed")) ?? "logit");

const classes = computed(() => {
  const shape = explained.value?.run.outputs.logits.shape ?? [];
  return shape.at(-1) ?? 0;
});

function inRange(index: number | undefined): number | undefined {
  return index !== undefined && index < classes.value ? index : undefined;
}

/** The class that is explained: the address's, else the most likely. */
export const classIndex = computed(() => inRange(numberParam("class")) ?? explained.value?.predictions[0]?.index ?? 0);

/** The class that it is held against where the seed is a difference: the address's, else the most likely other. */
export const againstIndex = computed(() => {
  const other = explained.value?.predictions.find(({ index }) => index !== classIndex.value)?.index ?? 0;
  return inRange(numberParam("against")) ?? other;
});

/** The seed of a kind, for the chosen classes. */
export function targetOf(name: SeedName, index: number, against: number): Target {
  if (name === "probability") return classProbability(index);
  if (name === "difference") return difference(index, against);
  if (name === "negative") return negative(classLogit(index));
  return classLogit(index);
}

/** The scalar that all views explain. */
export const target = computed(() => targetOf(seedName.value, classIndex.value, againstIndex.value));

/** The layer at which maps are made: the address's, else the last with height and width. */
export const layer = computed(() => {
  const layers = explained.value?.layers ?? [];
  const asked = param("layer");
  return asked !== undefined && layers.includes(asked) ? asked : (layers.at(-1) ?? "");
});

/** A class's name, or its number where the model knows none. */
export function className(index: number, model = explained.value?.model): string {
  return model?.classNames?.[index] ?? `class ${index}`;
}

/** The prediction of a class, where it is among those that were read. */
export function predictionOf(index: number): Prediction | undefined {
  return explained.value?.predictions.find((one) => one.index === index);
}
