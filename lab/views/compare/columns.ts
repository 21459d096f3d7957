import type { Target } from "../../../src/index.ts";
import { againstIndex, classIndex, className, layer, seedName, target, targetOf } from "../../store/chosen.ts";
import { param } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";

/** What the columns are. */
export const kinds = ["classes", "layers"] as const;
export type Kind = (typeof kinds)[number];

/** More columns than this are too narrow to see anything. */
export const mostColumns = 4;
/** As many as there are unless the address says which. */
const usual = 3;

export interface Column {
  /** As the address says it. */
  readonly name: string;
  readonly title: string;
  readonly target: Target;
  readonly layer: string;
}

export function kindOf(): Kind {
  return kinds.find((kind) => kind === param("by")) ?? "classes";
}

/** The columns of the address, else the likeliest classes or some layers from early to late. */
export function columnsOf(one: Explained, kind: Kind): Column[] {
  const asked = (param(kind) ?? "").split(",");
  if (kind === "layers") {
    const known = asked.filter((name) => one.layers.includes(name));
    return (known.length > 0 ? known : spread(one.layers)).slice(0, mostColumns).map(layerColumn);
  }
  const classes = one.run.outputs.logits.shape.at(-1) ?? 0;
  const known = asked.filter((name) => /^\d+$/.test(name) && Number(name) < classes).map(Number);
  const likely = one.predictions.slice(0, usual).map(({ index }) => index);
  return (known.length > 0 ? known : likely).slice(0, mostColumns).map(classColumn);
}

function layerColumn(name: string): Column {
  return { name, title: name, target: target.value, layer: name };
}

function classColumn(index: number): Column {
  // against itself a class says nothing: there, what it is held against is the class that is explained
  const against = index === againstIndex.value ? classIndex.value : againstIndex.value;
  const asked = targetOf(seedName.value, index, against);
  return { name: String(index), title: className(index), target: asked, layer: layer.value };
}

function spread(layers: readonly string[]): string[] {
  const places = Array.from({ length: usual }, (_, i) => Math.ceil(((i + 1) * layers.length) / usual) - 1);
  return [...new Set(places)].flatMap((place) => layers[place] ?? []);
}
