import { percent } from "../../parts/numbers.ts";
import { builtInModels, catalogueWords, isModelName, type ModelName, modelNames } from "../../store/catalogue.ts";
import {
  againstIndex,
  classIndex,
  className,
  layer,
  predictionOf,
  seedName,
  target,
  targetOf,
} from "../../store/chosen.ts";
import { param } from "../../store/link.ts";
import { type Explained, ownModel } from "../../store/session.ts";
import { compareWords } from "../../strings/compare.ts";
import type { Column } from "./columns.ts";
import type { Other } from "./other.ts";

/** A column with a network of its own. */
export interface NetworkColumn extends Column {
  /** What is explained there; undefined while the network is not there yet. */
  readonly note: string | undefined;
}

/** The networks that are there beside the one that is open. */
export type Others = Readonly<Partial<Record<ModelName, Other | undefined>>>;

/** What addresses call the network that is open, which its file calls the same; undefined for the reader's own. */
function openName({ model }: Explained): ModelName | undefined {
  return ownModel.value === undefined && isModelName(model.name) ? model.name : undefined;
}

/** Networks that can stand beside the one that is open. */
export function otherNames(one: Explained): readonly ModelName[] {
  const open = openName(one);
  return modelNames.filter((name) => name !== open);
}

/** Those that do: the address's, else what looks at pictures of the same kind. */
export function chosenOthers(one: Explained): readonly ModelName[] {
  const asked = param("models")?.split(",");
  const others = otherNames(one);
  if (asked) return [...new Set(asked)].filter(isModelName).filter((name) => others.includes(name));
  const open = openName(one);
  return others.filter((name) => open && builtInModels[name].kind === builtInModels[open].kind);
}

/** The networks as an address names them, the one that is open first. */
export function inAddress(one: Explained, others: readonly ModelName[]): string {
  const open = openName(one);
  return [...(open ? [open] : []), ...others].join(",");
}

/** The network that is open, then the others. */
export function networkColumns(one: Explained, others: Others): NetworkColumn[] {
  return [openColumn(one), ...chosenOthers(one).map((name) => otherColumn(one, name, others[name]))];
}

function openColumn(one: Explained): NetworkColumn {
  const name = openName(one);
  const index = classIndex.value;
  const asked = { run: one.run, target: target.value, layer: layer.value };
  const note = compareWords().asked(className(index), chance(predictionOf(index)?.probability), asked.layer);
  const title = name ? catalogueWords().models[name] : (ownModel.value ?? one.model.name);
  return { name: name ?? "own", title, asked, note };
}

/** Another network is asked for the class of the same name at its own last layer. */
function otherColumn(one: Explained, name: ModelName, other: Other | undefined): NetworkColumn {
  const title = catalogueWords().models[name];
  if (!other) return { name, title, asked: undefined, note: undefined };
  const words = compareWords();
  const { run, model, predictions } = other;
  const same = sameClass(one, other, classIndex.value);
  const likeliest = predictions.map(({ index }) => index);
  const index = same ?? likeliest[0] ?? 0;
  const rivals = [sameClass(one, other, againstIndex.value), ...likeliest];
  const against = rivals.find((rival) => rival !== undefined && rival !== index) ?? index;
  const asked = { run, target: targetOf(seedName.value, index, against), layer: run.layers().at(-1) ?? "" };
  const probability = predictions.find((prediction) => prediction.index === index)?.probability;
  const what = words.asked(className(index, model), chance(probability), asked.layer);
  const why = same === undefined ? words.likeliest(className(classIndex.value)) : words.sameName;
  return { name, title, asked, note: `${what} ${why}` };
}

/** The class that another network calls by the same name. */
function sameClass({ model }: Explained, other: Other, index: number): number | undefined {
  const name = model.classNames?.[index];
  const found = name === undefined ? -1 : (other.model.classNames?.indexOf(name) ?? -1);
  return found < 0 ? undefined : found;
}

/** Of the classes that were read. */
function chance(probability: number | undefined): string {
  return probability === undefined ? "" : ` (${percent(probability)})`;
}
