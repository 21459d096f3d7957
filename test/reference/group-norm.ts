import { type Array64, accumulate, at, type Gradients64, type Reference, sizeOf, zeros } from "./array.ts";

export interface GroupNormInputs {
  readonly x: Array64;
  readonly gamma?: Array64;
  readonly beta?: Array64;
}

export interface GroupNormRule {
  /** "layer": each place before axis `first` by itself; "group": all of a sample, channels in groups;
   * "rms" and "unit" as "layer", without a mean, by the mean or the sum of squares. */
  readonly kind: "layer" | "group" | "rms" | "unit";
  readonly first: number;
  readonly groups?: number;
  readonly epsilon: number;
}

/** Statistics of the group that an element belongs to. */
interface Group {
  readonly members: number[];
  readonly mean: number;
  readonly inverse: number;
  /** Whether `inverse` depends on the elements (a length under its lower bound does not). */
  readonly free: boolean;
  /** Largest |x|, which the rounding of a mean is proportional to; 0 where none is subtracted. */
  readonly largest: number;
}

/** Normalises every group of elements by its own mean and size, then gamma * . + beta along the covered axes. */
export function groupNormalization(rule: GroupNormRule): Reference<GroupNormInputs> {
  const covered = ({ x }: GroupNormInputs) => sizeOf(x.shape.slice(rule.first));
  const forward = (inputs: GroupNormInputs, error: boolean) => {
    const y = zeros(inputs.x.shape);
    for (const group of groupsOf(inputs.x, rule))
      for (const i of group.members) {
        const c = i % covered(inputs);
        const { xhat, doubt } = element(inputs.x, i, group);
        const [gamma, beta] = parameters(inputs, c);
        y.data[i] = error ? Math.abs(gamma) * doubt + Math.abs(beta) : gamma * xhat + beta;
      }
    return y;
  };
  return {
    forward: (inputs) => forward(inputs, false),
    vjp: (inputs, dy) => gradients(inputs, dy, { rule, covered: covered(inputs) }),
    magnitude: {
      forward: (inputs) => forward(inputs, true),
      vjp: (inputs, dy) => gradientMagnitudes(inputs, dy, { rule, covered: covered(inputs) }),
    },
  };
}

function parameters({ gamma, beta }: GroupNormInputs, c: number): [number, number] {
  return [gamma ? at(gamma.data, c) : 1, beta ? at(beta.data, c) : 0];
}

function groupsOf(x: Array64, { kind, first, groups = 1, epsilon }: GroupNormRule): Group[] {
  const covered = sizeOf(x.shape.slice(first));
  const sample = kind === "group" ? sizeOf(x.shape.slice(1)) : covered;
  const members = new Map<number, number[]>();
  for (let i = 0; i < x.data.length; i++) {
    const key = Math.floor(i / sample) * groups + Math.floor(((i % covered) * groups) / covered);
    const group = members.get(key) ?? [];
    group.push(i);
    members.set(key, group);
  }
  return [...members.values()].map((list) => statistics(x, list, { kind, epsilon }));
}

function statistics(x: Array64, members: number[], { kind, epsilon }: Pick<GroupNormRule, "kind" | "epsilon">): Group {
  const values = members.map((i) => at(x.data, i));
  const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const centred = kind === "layer" || kind === "group";
  const mean = centred ? average(values) : 0;
  const squares = average(values.map((value) => (value - mean) ** 2));
  const size = kind === "unit" ? Math.max(squares * values.length, epsilon) : squares + epsilon;
  const largest = centred ? Math.max(...values.map(Math.abs)) : 0;
  return { members, mean, inverse: 1 / Math.sqrt(size), free: size > epsilon || kind !== "unit", largest };
}

/** The normalised value, and what its rounding error is measured by: the mean errs by about n units of the largest
 * element, x - mean by as much, and the factor, relatively, by that divided by the deviation. */
function element(x: Array64, i: number, { mean, inverse, largest }: Group) {
  const xhat = (at(x.data, i) - mean) * inverse;
  const unsure = largest * inverse;
  return { xhat, unsure, doubt: unsure * (1 + Math.abs(xhat)) + Math.abs(xhat) };
}

interface About {
  readonly rule: GroupNormRule;
  readonly covered: number;
}

function gradients(inputs: GroupNormInputs, dy: Array64, { rule, covered }: About): Gradients64 {
  const { x } = inputs;
  const dx = zeros(x.shape).data;
  const [gamma, beta] = [new Float64Array(covered), new Float64Array(covered)];
  for (const group of groupsOf(x, rule)) {
    const count = rule.kind === "unit" ? 1 : group.members.length;
    let [sum, along] = [0, 0];
    for (const i of group.members) {
      const { xhat } = element(x, i, group);
      const g = at(dy.data, i) * parameters(inputs, i % covered)[0];
      if (rule.kind === "layer" || rule.kind === "group") sum += g / count;
      if (group.free) along += (g * xhat) / count;
      accumulate(gamma, i % covered, at(dy.data, i) * xhat);
      accumulate(beta, i % covered, at(dy.data, i));
    }
    for (const i of group.members) {
      const g = at(dy.data, i) * parameters(inputs, i % covered)[0];
      dx[i] = group.inverse * (g - sum - element(x, i, group).xhat * along);
    }
  }
  return { x: dx, ...(inputs.gamma && { gamma }), ...(inputs.beta && { beta }) };
}

function gradientMagnitudes(inputs: GroupNormInputs, dy: Array64, { rule, covered }: About): Gradients64 {
  const { x } = inputs;
  const dx = zeros(x.shape).data;
  const [gamma, beta] = [new Float64Array(covered), new Float64Array(covered)];
  for (const group of groupsOf(x, rule)) {
    const count = rule.kind === "unit" ? 1 : group.members.length;
    const size = (i: number) => Math.abs(at(dy.data, i) * parameters(inputs, i % covered)[0]);
    let [sum, along, doubtful] = [0, 0, 0];
    for (const i of group.members) {
      const { xhat, doubt } = element(x, i, group);
      sum += size(i) / count;
      along += (size(i) * Math.abs(xhat)) / count;
      doubtful += (size(i) * doubt) / count;
      accumulate(gamma, i % covered, Math.abs(at(dy.data, i)) * doubt);
      accumulate(beta, i % covered, Math.abs(at(dy.data, i)));
    }
    for (const i of group.members) {
      const { xhat, unsure, doubt } = element(x, i, group);
      const terms = size(i) + sum + Math.abs(xhat) * along;
      dx[i] = group.inverse * ((1 + unsure) * terms + doubt * along + Math.abs(xhat) * doubtful);
    }
  }
  return { x: dx, ...(inputs.gamma && { gamma }), ...(inputs.beta && { beta }) };
}
