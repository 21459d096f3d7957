import { copies } from "../autograd/stretch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Recording } from "./recording.ts";
import { type Target, topClass } from "./targets.ts";
import type { Provenance } from "./types.ts";

/** What is asked of a recorded forward pass. */
export interface TargetOptions {
  /** The number that is explained; the logit of the most likely class, `topClass()`, unless given. Of a list, each is
   * explained, in one walk back where they are of one tensor, and the answer is a list. A class outside the model's is
   * refused with UnknownNameError. */
  readonly target?: Target | readonly Target[] | undefined;
}

/** A result for each target: one, or, where a list was asked for, a list. */
type OfTargets<T, O> = O extends { readonly target: readonly Target[] } ? T[] : T;

/** What a method gives: for a run of one picture the result, for one of several a list with the results of each. */
export type Answer<Many extends boolean, T, O> = Many extends true ? OfTargets<T, O>[] : OfTargets<T, O>;

/** Targets asked of a recording: the form in which methods take a question. They answer with a result for each row, target
 * by target: row t * pictures + i is target t of picture i. */
export interface Question {
  readonly run: Recording;
  readonly targets: readonly Target[];
}

const defaultTarget = topClass();

/** A question from a method's options. The same options give the same targets. */
export function questionOf(run: Recording, { target }: TargetOptions): Question {
  const targets = target === undefined ? [defaultTarget] : isList(target) ? target : [target];
  return { run, targets };
}

/** From the rows of a question to what the caller sees: a list by picture, if there may be several, of lists by target, if
 * a list was asked for. */
export function answerOf<Many extends boolean, T, O extends TargetOptions>(
  rows: readonly T[],
  { pictures, many, options }: { pictures: number; many: Many; options: O },
): Answer<Many, T, O> {
  const byPicture = Array.from({ length: pictures }, (_, i) => rows.filter((_row, row) => row % pictures === i));
  const answers = byPicture.map((list) => (isList(options.target) ? list : list[0]));
  return (many ? answers : answers[0]) as Answer<Many, T, O>;
}

/** A recorded tensor with a row for each target and picture. */
export function rowsOf({ targets }: Question, recorded: Tensor): Tensor {
  return targets.length === 1 ? recorded : copies(recorded, targets.length);
}

/** What a row of the answer says of itself. */
export function provenanceOf(
  { run, targets }: Question,
  row: number,
  about: Omit<Provenance, "model" | "target" | "picture">,
): Provenance {
  const target = targets[Math.floor(row / run.pictures)]?.name ?? "";
  const picture = run.pictures > 1 ? { picture: row % run.pictures } : {};
  return { model: run.model.name, ...about, target, ...picture };
}

function isList(target: Target | readonly Target[] | undefined): target is readonly Target[] {
  return Array.isArray(target);
}
