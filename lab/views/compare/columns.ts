import type { Run, Target } from "../../../src/index.ts";
import { againstIndex, classIndex, className, layer, seedName, target, targetOf } from "../../store/chosen.ts";
import { param } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";

/** What the columns are. */
export const kinds = ["classes", "layers", "models"] as const;
export type Kind = (typeof kinds)[number];

/** More columns than this are too narrow to see anything. */
export const mostColumns = 4;
/** As many as there are unless the address says which. */
const usual = 3;

/** What each method is asked for a column. */
export interface Asked {
  readonly run: Run;
  readonly target: Target;
  readonly layer: string;
}

export interface Column {
  /** As the address says it. */
  readonly name: string;
  readonly title: string;
  /** Undefined while its network is not there yet. */
  readonly asked: Asked | undefined;
}

export function kindOf(): Kind {
  return kinds.find((kind) => kind === param("by")) ?? "classes";
}

/** The columns of the address, else some layers from early to late. */
export function layerColumns({ run, layers }: Explained): Column[] {
  const known = asked("layers").filter((name) => layers.includes(name));
  const names = (known.length > 0 ? known : spread(layers)).slice(0, mostColumns);
  return names.map((name) => ({ name, title: name, asked: { run, target: target.value, layer: name } }));
}

/** The columns of the address, else the likeliest classes. */
export function classColumns({ run, predictions }: Explained): Column[] {
  const classes = run.outputs.logits.shape.at(-1) ?? 0;
  const known = asked("classes").filter((name) => /^\d+$/.test(name) && Number(name) < classes);
  const likely = predictions.slice(0, usual).map(({ index }) => index);
  return (known.length > 0 ? known.map(Number) : likely)
    .slice(0, mostColumns)
    .map((index) => ({ name: String(index), title: className(index), asked: classAsked(run, index) }));
}

function asked(kind: Kind): string[] {
  return (param(kind) ?? "").split(",");
}

function classAsked(run: Run, index: number): Asked {
  // against itself a class says nothing: there, what it is held against is the class that is explained
  const against = index === againstIndex.value ? classIndex.value : againstIndex.value;
  return { run, target: targetOf(seedName.value, index, against), layer: layer.value };
}

function spread(layers: readonly string[]): string[] {
  const places = Array.from({ length: usual }, (_, i) => Math.ceil(((i + 1) * layers.length) / usual) - 1);
  return [...new Set(places)].flatMap((place) => layers[place] ?? []);
}
