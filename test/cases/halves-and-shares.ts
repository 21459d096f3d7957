// Activations along an axis: sparsemax and GLU.
import { glu } from "../../src/autograd/ops/glu.ts";
import { sparsemax } from "../../src/autograd/ops/sparsemax.ts";
import { overAxes } from "../reference/activation-functions.ts";
import { sparsemaxFunction } from "../reference/activations.ts";
import { gluFunction } from "../reference/glu.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

export function sparsemaxCase(name: string, x: InputSpec, options: { axis?: number; smooth?: boolean } = {}): OpCase[] {
  const { axis = x.shape.length - 1, smooth = true } = options;
  const C = x.shape[axis] ?? 1;
  return [false, true].map((asKeras) =>
    opCase({
      op: "sparsemax",
      name: asKeras ? `${name} (as Keras)` : name,
      inputs: { x },
      run: (t) => sparsemax(t.x, { axis, asKeras }),
      reference: overAxes(sparsemaxFunction({ asKeras }), { first: axis, last: axis }),
      differentiable: ["x"],
      // a sum over the row, and the handful of roundings of each term
      K: C + 5,
      smooth,
    }),
  );
}

export const sparsemaxCases: readonly OpCase[] = [
  ...sparsemaxCase("short rows", { shape: [5, 7] }),
  ...sparsemaxCase("one element", { shape: [3, 1] }),
  ...sparsemaxCase("long rows", { shape: [3, 300], range: [-4, 4] }),
  ...sparsemaxCase("many shares", { shape: [2, 3000], range: [0.9, 0.902] }),
  ...sparsemaxCase("over axis 1", { shape: [2, 5, 3, 4] }, { axis: 1 }),
  ...sparsemaxCase("over axis 1, many", { shape: [2, 67, 3] }, { axis: 1 }),
  ...sparsemaxCase("by fours", { shape: [7, 12] }),
  ...sparsemaxCase("empty batch", { shape: [0, 3] }),
  ...sparsemaxCase("far out", { shape: [2, 4], values: [1000, 999.5, -1000, 0, -1000, -1000.25, -1e6, -1001] }),
  ...sparsemaxCase("ties", { shape: [3, 3], values: [1, 1, 0.5, 5, 5, 5, 2, 1, 1] }, { smooth: false }),
];

function gluCase(name: string, x: InputSpec, axis = x.shape.length - 1): OpCase {
  return opCase({
    op: "glu",
    name,
    inputs: { x },
    run: (t) => glu(t.x, { axis }),
    reference: gluFunction(axis),
    differentiable: ["x"],
    K: 1,
  });
}

export const gluCases: readonly OpCase[] = [
  gluCase("channels", { shape: [3, 7, 5, 6], range: [-6, 6] }),
  gluCase("by fours", { shape: [2, 3, 8] }),
  gluCase("over axis 1", { shape: [2, 4, 3, 5] }, 1),
  gluCase("two elements", { shape: [1, 2] }),
  gluCase("empty batch", { shape: [0, 4] }),
];
