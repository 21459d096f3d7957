import { type RuleName, type RuleOptions, rulesOf } from "../../autograd/rules.ts";
import type { Rules } from "../../autograd/tape.ts";
import { ShapeError } from "../../errors.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { isBgr } from "../model-input.ts";
import { ruleNotes } from "../path.ts";
import { PixelMap } from "../pixel-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import type { Encoded, WalkWatcher } from "../recording.ts";
import type { Scalar } from "../targets.ts";
import type { Provenance } from "../types.ts";
import { rowOf } from "./class-maps.ts";

/** How a method walks back, and how it names itself. */
export interface Walk extends Pick<Provenance, "method" | "rule" | "options"> {
  readonly rules: Rules;
}

/** A walk by a rule that has a name. */
export function walkOf(method: string, rule: RuleName, { relaxMaxPool = false }: RuleOptions = {}): Walk {
  const rules = rulesOf(rule, { relaxMaxPool });
  return { method, rule, rules, ...(relaxMaxPool ? { options: { relaxMaxPool } } : {}) };
}

/** Sees the walks back from a question's targets to the input: one, or, of targets of several tensors, one of each. */
export interface InputWatcher {
  readonly watch: (scalar: Scalar) => WalkWatcher;
  /** Called after the last walk, while the scalars still live. */
  readonly finish: () => void;
}

/** The gradient of the target at the input, under backward rules: saliency (Simonyan et al. 2014, section 3), deconvnet
 * (Zeiler and Fergus 2014), guided backpropagation (Springenberg et al. 2015), RectGrad (Kim et al. 2019). */
export async function inputGradient(
  { run, targets }: Question,
  { rules, ...facts }: Walk,
  watcher?: InputWatcher,
): Promise<PixelMap[]> {
  return run.encode(() => {
    const asked = run.ask(targets);
    const [dx] = run.gradients(asked, [run.input], { rules, watch: watcher?.watch });
    if (!dx) throw new ShapeError(`${facts.method}: no gradient at the input`);
    watcher?.finish();
    const notes = asked.map(({ y }) => ruleNotes(run.tape, { rule: facts.rule, rules, y, from: run.input }));
    return pixelMaps({ run, targets }, dx, { ...facts, notes });
  });
}

/** The input times the gradient of the target at it, sample by sample.
 * @see Shrikumar et al. 2016, "Not just a black box", section 3 */
export async function inputXGradient({ run }: Question, gradients: Promise<PixelMap[]>): Promise<PixelMap[]> {
  const [maps, x] = await Promise.all([gradients, run.read([run.input], ([data]) => data)]);
  return maps.map((map, row) => {
    const first = (row % run.pictures) * map.values.length;
    const values = map.values.map((value, i) => value * (x?.[first + i] ?? 0));
    return new PixelMap(values, { ...map, provenance: { ...map.provenance, method: "input-x-gradient" } });
  });
}

/** Reads maps [rows, h, w, c] of the input's pixels.
 * @param notes for each target */
export function pixelMaps(
  question: Question,
  values: Tensor,
  {
    notes,
    ...facts
  }: Pick<Provenance, "method" | "rule" | "layer" | "options"> & { readonly notes?: readonly (readonly string[])[] },
): Encoded<PixelMap[]> {
  const [rows, height, width, channels] = nhwc(values.shape, facts.method);
  const order: PixelMap["order"] = isBgr(question.run.model) ? "bgr" : "rgb";
  const finish = ([data]: TypedData[]) =>
    Array.from({ length: rows }, (_, row) => {
      const provenance = provenanceOf(question, row, facts);
      const about = { order, provenance, notes: notes?.[Math.floor(row / question.run.pictures)] };
      return new PixelMap(rowOf(data, { row, rows }), { width, height, channels, ...about });
    });
  return { tensors: [values], finish };
}
