// Checks of the optimisers' kernels: two steps of each, the first with a gradient that is clipped, the second with half of it.
import { adam, type Optimizer, rmsProp, sgd, type Tensor } from "../../index.ts";
import { type Check, check } from "./check.ts";
import { type Scalars, scalar } from "./scalar.ts";

const clipNorm = 1.5;
const learningRate = 0.5;
const weightDecay = 0.25;
const momentum = 0.75;
const epsilon = 0.125;

interface Rule {
  readonly what: string;
  readonly make: (parameters: readonly Tensor[]) => Optimizer;
  /** What step t = 1, 2 adds to a parameter whose gradient is g; `slots` is its own, zeros at first. */
  readonly change: (g: number, slots: number[], t: number) => number;
}

function twoSteps({ what, make, change }: Rule): Check {
  return check({
    what: `two steps of ${what}`,
    inputs: { w: [21], dw: [21] },
    run: ({ w, dw }) => {
      using optimizer = make([w]);
      optimizer.update([dw]);
      optimizer.accumulate([dw], 0.25);
      optimizer.accumulate([dw], 0.25);
      optimizer.update();
      return w;
    },
    known: ({ w, dw }) => {
      const norm = Math.hypot(...dw.items.map(({ value }) => value));
      return valuesAfter(w, (value, i) => {
        const slots = [0, 0, 0];
        let result = value;
        for (const [t, share] of [
          [1, 1],
          [2, 0.5],
        ] as const) {
          const g = (dw.items[i]?.value ?? 0) * share * Math.min(1, clipNorm / (share * norm));
          result += change(g, slots, t) - weightDecay * learningRate * result;
        }
        return result;
      });
    },
    wrt: [],
  });
}

function valuesAfter({ items }: Scalars, value: (before: number, i: number) => number) {
  return items.map((item, i) => scalar(value(item.value, i)));
}

const common = { learningRate, clipNorm, weightDecay };

export const optimizerChecks: readonly Check[] = [
  twoSteps({
    what: "sgd",
    make: (parameters) => sgd(parameters, common),
    change: (g) => -learningRate * g,
  }),
  twoSteps({
    what: "sgd with Nesterov's momentum",
    make: (parameters) => sgd(parameters, { ...common, momentum, nesterov: true }),
    change: (g, slots) => {
      const m = momentum * (slots[0] ?? 0) - learningRate * g;
      slots[0] = m;
      return momentum * m - learningRate * g;
    },
  }),
  twoSteps({
    what: "adam",
    make: (parameters) => adam(parameters, { ...common, beta1: 0.5, beta2: 0.75, epsilon }),
    change: (g, slots, t) => {
      const m = 0.5 * (slots[0] ?? 0) + 0.5 * g;
      const v = 0.75 * (slots[1] ?? 0) + 0.25 * g * g;
      slots.splice(0, 2, m, v);
      return (-learningRate * Math.sqrt(1 - 0.75 ** t) * m) / (1 - 0.5 ** t) / (Math.sqrt(v) + epsilon);
    },
  }),
  twoSteps({
    what: "centred rmsProp",
    make: (parameters) => rmsProp(parameters, { ...common, rho: 0.75, momentum, epsilon, centered: true }),
    change: (g, slots) => {
      const v = 0.75 * (slots[0] ?? 0) + 0.25 * g * g;
      const a = 0.75 * (slots[1] ?? 0) + 0.25 * g;
      const m = momentum * (slots[2] ?? 0) + (learningRate * g) / Math.sqrt(v - a * a + epsilon);
      slots.splice(0, 3, v, a, m);
      return -m;
    },
  }),
];
