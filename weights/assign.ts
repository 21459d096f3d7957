import { nearest, WeightsFormatError } from "../src/errors.ts";
import type { WeightSlot } from "../src/nn/model.ts";
import { addTo } from "./lists.ts";
import type { ModelFile, StoredWeight } from "./model-file.ts";
import { showShape } from "./number-format.ts";
import { renumberedLayers } from "./renumbered.ts";
import { innerLayer, weightRole } from "./weight-role.ts";

export type { WeightSlot };

export interface MatchedWeight {
  readonly slot: WeightSlot;
  readonly stored: StoredWeight;
}

export interface MatchOptions {
  /** Layer name in the file to layer name in the model. */
  readonly aliases?: ReadonlyMap<string, string>;
}

/** Pairs every slot of a model with one stored weight, by layer name, weight name and shape; never by file position.
 * Layers with made-up names (conv2d_5) whose numbers differ throughout are paired by the order of the numbers.
 * Inside a layer whose weight names tell nothing, order and shape decide, when exactly one way fits.
 * @returns one pair per slot, in the order of the slots
 * @throws  WeightsFormatError listing all that is missing, left over or of another shape */
export function matchWeights(
  slots: readonly WeightSlot[],
  file: Pick<ModelFile, "layers"> & { readonly name?: string },
  options: MatchOptions = {},
): MatchedWeight[] {
  const wanted = groupSlots(slots);
  const aliases = new Map([...renumberedLayers(slots, file), ...(options.aliases ?? [])]);
  const { byLayer, strays } = groupStored(file, wanted, aliases);
  const pairs = new Map<WeightSlot, StoredWeight>();
  const problems: string[] = [];
  for (const [layer, layerSlots] of wanted) {
    matchLayer({ layer, slots: layerSlots, stored: byLayer.get(layer) ?? [], strays }, pairs, problems);
  }
  for (const stray of strays) problems.push(strayMessage(stray, wanted));
  if (problems.length > 0) throw mismatch(file.name ?? "the weights file", problems);
  return inOrder(slots, pairs);
}

/** One pair for every slot that has a weight. */
export function inOrder(slots: readonly WeightSlot[], pairs: ReadonlyMap<WeightSlot, StoredWeight>): MatchedWeight[] {
  return slots.flatMap((slot) => {
    const stored = pairs.get(slot);
    return stored ? [{ slot, stored }] : [];
  });
}

/** The slots of each layer. */
export function groupSlots(slots: readonly WeightSlot[]): Map<string, WeightSlot[]> {
  const byLayer = new Map<string, WeightSlot[]>();
  for (const slot of slots) {
    if (byLayer.get(slot.layer)?.some((other) => other.name === slot.name)) {
      throw new WeightsFormatError(`The model asks twice for "${slot.name}" of the layer "${slot.layer}".`);
    }
    addTo(byLayer, slot.layer, slot);
  }
  return byLayer;
}

interface Grouped {
  readonly byLayer: Map<string, StoredWeight[]>;
  readonly strays: StoredWeight[];
}

function groupStored(
  file: Pick<ModelFile, "layers">,
  wanted: ReadonlyMap<string, unknown>,
  aliases: ReadonlyMap<string, string>,
): Grouped {
  const byLayer = new Map<string, StoredWeight[]>();
  const strays: StoredWeight[] = [];
  for (const stored of file.layers.flatMap((layer) => layer.weights)) {
    const owner = ownerNames(stored, wanted, aliases).find((name) => wanted.has(name));
    if (owner === undefined) strays.push(stored);
    else addTo(byLayer, owner, stored);
  }
  return { byLayer, strays };
}

/** Model layers that a weight may belong to, the likeliest first. A nested model is one group in the file whose
 * weights name the inner layers: by their whole path, or by the last step of it. */
export function ownerNames(
  stored: StoredWeight,
  wanted: ReadonlyMap<string, unknown>,
  aliases: ReadonlyMap<string, string>,
): string[] {
  const { layer, name } = stored;
  const inner = innerLayer(name);
  if (inner === undefined) return [aliases.get(layer) ?? layer];
  const path = name.slice(0, name.lastIndexOf("/"));
  const deeper = [...wanted.keys()].filter((key) => key.startsWith(`${layer}/`) && key.endsWith(`/${inner}`));
  const names = [layer, `${layer}/${path}`, `${layer}/${inner}`, ...(deeper.length === 1 ? deeper : []), inner];
  return names.map((one) => aliases.get(one) ?? one);
}

interface LayerWork {
  readonly layer: string;
  readonly slots: readonly WeightSlot[];
  readonly stored: readonly StoredWeight[];
  readonly strays: readonly StoredWeight[];
}

function matchLayer(work: LayerWork, pairs: Choice, problems: string[]): void {
  const { layer, slots, stored, strays } = work;
  if (stored.length === 0) {
    const hint = nearest(layer, new Set(strays.map((weight) => weight.layer)));
    problems.push(`layer "${layer}": missing (${showSlots(slots)})${hint ? `; the file has a layer "${hint}"` : ""}`);
    return;
  }
  const told = stored.every((weight) => roleIn(slots, weight) !== undefined);
  const chosen = told ? byRole(slots, stored) : byOrder(slots, stored);
  if (!chosen) {
    const got = stored.map((weight) => `"${weight.name}" ${showShape(weight.shape)}`).join(", ");
    problems.push(
      `layer "${layer}": the weights ${got} have names that tell nothing, and do not fit ${showSlots(slots)} one way only`,
    );
    return;
  }
  takeChosen(work, chosen, pairs, problems);
}

type Choice = Map<WeightSlot, StoredWeight>;

function takeChosen({ layer, slots, stored }: LayerWork, chosen: Choice, pairs: Choice, problems: string[]): void {
  for (const slot of slots) {
    const weight = chosen.get(slot);
    if (weight === undefined) {
      problems.push(`layer "${layer}": ${slot.name} ${showShape(slot.shape)} is missing`);
    } else if (!sameShape(weight.shape, slot.shape)) {
      problems.push(
        `layer "${layer}": ${slot.name} ("${weight.name}") is ${showShape(weight.shape)}, the model wants ${showShape(slot.shape)}`,
      );
    } else {
      pairs.set(slot, weight);
    }
  }
  const used = new Set(chosen.values());
  for (const weight of stored.filter((candidate) => !used.has(candidate))) {
    problems.push(`layer "${layer}": "${weight.name}" ${showShape(weight.shape)} has no place in the model's layer`);
  }
}

function byRole(slots: readonly WeightSlot[], stored: readonly StoredWeight[]): Choice {
  const choice: Choice = new Map();
  for (const weight of stored) {
    const role = roleIn(slots, weight);
    const slot =
      slots.find((candidate) => candidate.name === role) ??
      // Keras 1 and some TensorFlow files call a depthwise layer's only kernel plainly "W" or "kernel".
      (role === "kernel" ? slots.find((candidate) => candidate.name === "depthwise_kernel") : undefined);
    if (slot && !choice.has(slot)) choice.set(slot, weight);
  }
  return choice;
}

/** What a weight is to the layer that has these slots. */
export function roleIn(slots: readonly WeightSlot[], { name }: StoredWeight): string | undefined {
  return weightRole(
    name,
    slots.map((slot) => slot.name),
  );
}

/** Keras stores a layer's weights in one fixed order; the shapes must agree with it, or allow one other way only. What
 * some of the names do tell must agree as well. */
function byOrder(slots: readonly WeightSlot[], stored: readonly StoredWeight[]): Choice | undefined {
  if (slots.length !== stored.length) return undefined;
  const places = new Map(stored.map((weight) => [weight, slots.find(({ name }) => name === roleIn(slots, weight))]));
  const suits = (weight: StoredWeight | undefined, slot: WeightSlot) =>
    weight !== undefined && sameShape(weight.shape, slot.shape) && (places.get(weight) ?? slot) === slot;
  const fits = slots.map((slot) => stored.filter((weight) => suits(weight, slot)));
  const isInOrder = slots.every((slot, i) => suits(stored[i], slot));
  const single = fits.every((list) => list.length === 1) && new Set(fits.flat()).size === slots.length;
  if (!isInOrder && !single) return undefined;
  const pairs = slots.flatMap((slot, i): [WeightSlot, StoredWeight][] => {
    const weight = isInOrder ? stored[i] : fits[i]?.[0];
    return weight ? [[slot, weight]] : [];
  });
  return new Map(pairs);
}

/** `kernel 3x3x1x2, bias 2`. */
export function showSlots(slots: readonly WeightSlot[]): string {
  return slots.map((slot) => `${slot.name} ${showShape(slot.shape)}`).join(", ");
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

function strayMessage(stray: StoredWeight, wanted: ReadonlyMap<string, unknown>): string {
  const hint = nearest(stray.layer, wanted.keys());
  const has = hint === undefined ? "" : `; the model has "${hint}"`;
  return `layer "${stray.layer}" of the file: "${stray.name}" ${showShape(stray.shape)} has no layer in the model${has}`;
}

const listedProblems = 20;

/** The one error for all that does not fit. */
export function mismatch(fileName: string, problems: readonly string[]): WeightsFormatError {
  const more = problems.length - listedProblems;
  const lines = problems.slice(0, listedProblems).map((problem) => `  ${problem}`);
  if (more > 0) lines.push(`  ... and ${more} more`);
  return new WeightsFormatError(
    `${fileName} does not fit the model (${problems.length} ${problems.length === 1 ? "difference" : "differences"}):\n` +
      `${lines.join("\n")}\nIs it the file of this very model, with the same top and the same number of classes?`,
  );
}
