import { backwardRules, type RuleName, type TapeNode } from "../../src/index.ts";
import { short } from "./numbers.ts";

/** An activation that is a gate on the way back: a ReLU, or one like it. Formulas are TeX. */
export interface Activation {
  /** As people call it. */
  readonly name: string;
  /** y = f(x) */
  readonly forward: string;
  /** f'(x) */
  readonly slope: string;
  /** It is open between the two; Infinity where there is no such bound. */
  readonly from: number;
  readonly top: number;
  /** Whether nothing passes where it is not open. */
  readonly shuts: boolean;
}

/** What a node recorded, with its constants; undefined for an operation on which there are no rules. */
export function activationOf({ op, params }: TapeNode): Activation | undefined {
  if (!Object.hasOwn(backwardRules.guided, op.name)) return undefined;
  if (op.name === "relu") return reluOf(params as ReluParams);
  const isPrelu = op.name === "prelu";
  const always = { from: 0, top: Number.POSITIVE_INFINITY, shuts: false };
  if (isPrelu)
    return { name: "PReLU", ...twoSided({ y: "x", slope: "1" }, { y: "\\alpha x", slope: "\\alpha" }), ...always };
  const { a = 1, b = 1, c = 1 } = params as { readonly a?: number; readonly b?: number; readonly c?: number };
  const power = `e^{${factor(c)}x}`;
  const above = { y: `${factor(a)}x`, slope: short(a) };
  const below = { y: `${factor(b)}(${power} - 1)`, slope: `${factor(b * c)}${power}` };
  return { name: op.name.toUpperCase(), ...twoSided(above, below), ...always };
}

/** The backward rule's formula. Guided backpropagation asks for what the other two ask for. */
export function ruleTex(rule: RuleName, { slope }: Activation, { arriving }: { readonly arriving: string }): string {
  const [gate, positive] = [`\\cdot ${slope}`, `\\cdot [${arriving} > 0]`];
  return `dx = ${arriving} ${{ gradient: gate, deconvnet: positive, guided: `${gate} ${positive}` }[rule]}`;
}

interface ReluParams {
  readonly most?: number;
  readonly slope?: number;
  readonly threshold?: number;
}

/** A number that stands for "no upper bound" is far above any activation. */
const unbounded = 1e30;

function reluOf({ most = unbounded, slope = 0, threshold = 0 }: ReluParams): Activation {
  const isBounded = most < unbounded;
  const [low, high] = [short(threshold), short(most)];
  const name = nameOf({ most, slope, threshold });
  const about = { name, from: threshold, top: isBounded ? most : Number.POSITIVE_INFINITY, shuts: slope === 0 };
  const open = isBounded ? `${low} < x < ${high}` : `x > ${low}`;
  if (slope === 0 && threshold === 0)
    return { ...about, forward: isBounded ? `y = \\min(\\max(x, 0), ${high})` : "y = \\max(x, 0)", slope: `[${open}]` };
  const y = isBounded ? `\\min(x, ${high})` : "x";
  const fall = slope === 0 ? "0" : `${factor(slope)}${threshold === 0 ? "x" : `(x - ${low})`}`;
  const forward = `y = ${cases([y, `x > ${low}`], [fall, `x \\le ${low}`])}`;
  if (slope === 0) return { ...about, forward, slope: `[${open}]` };
  const beyond = isBounded ? [["0", `x \\ge ${high}`] as const] : [];
  return { ...about, forward, slope: cases(["1", open], [short(slope), `x \\le ${low}`], ...beyond) };
}

function nameOf({ most, slope, threshold }: Required<ReluParams>): string {
  if (threshold !== 0) return "Thresholded ReLU";
  if (slope !== 0) return "Leaky ReLU";
  if (most < unbounded) return most === 6 ? "ReLU6" : "Clipped ReLU";
  return "ReLU";
}

interface Side {
  readonly y: string;
  readonly slope: string;
}

/** One formula above 0, another below. */
function twoSided(above: Side, below: Side): Pick<Activation, "forward" | "slope"> {
  const both = (key: keyof Side) => cases([above[key], "x > 0"], [below[key], "x \\le 0"]);
  return { forward: `y = ${both("y")}`, slope: both("slope") };
}

function cases(...lines: readonly (readonly [value: string, where: string])[]): string {
  return `\\begin{cases} ${lines.map((line) => line.join(" & ")).join(" \\\\ ")} \\end{cases}`;
}

/** A number before something: 1 is not written. */
function factor(value: number): string {
  return value === 1 ? "" : `${short(value)}\\,`;
}
