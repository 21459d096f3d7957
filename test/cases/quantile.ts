import { quantile } from "../../src/autograd/ops/quantile.ts";
import { quantiles } from "../reference/quantile.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

export function quantileCase(name: string, q: number, input: InputSpec): OpCase {
  return opCase({
    op: "quantile",
    name,
    inputs: { x: input },
    run: (t) => quantile(t.x, q),
    reference: quantiles(q),
    differentiable: [],
    K: 1,
  });
}

const spread = [3, -7, 1e-30, -1e-30, 0, -0, 1e30, -1e30, 0.5, 0.5, -0.25, 2];

export const quantileCases: OpCase[] = [
  ...[0, 0.1, 0.5, 0.98, 1].map((q) => quantileCase(`7x5, ${q}`, q, { shape: [3, 7, 5, 3] })),
  ...[0, 0.3, 0.5, 1].map((q) => quantileCase(`far apart, ${q}`, q, { shape: [1, 12], values: spread })),
  quantileCase("one value", 0.5, { shape: [2, 1] }),
  quantileCase("few values", 0.5, { shape: [70, 5] }),
  quantileCase("ties", 0.9, { shape: [2, 300], step: 0.5 }),
  quantileCase("all negative", 0.7, { shape: [2, 90], range: [-5, -1] }),
  quantileCase("long", 0.98, { shape: [2, 10_007] }),
  quantileCase("no rows", 0.5, { shape: [0, 5] }),
];
