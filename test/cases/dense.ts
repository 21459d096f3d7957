import { dense } from "../../src/autograd/ops/dense.ts";
import { denseLayer } from "../reference/dense.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

/** @param n batch, @param k inputs, @param oc outputs */
export interface DenseSpec {
  readonly name: string;
  readonly n: number;
  readonly k: number;
  readonly oc: number;
  readonly bias?: boolean;
}

export function denseCase({ name, n, k, oc, bias = true }: DenseSpec): OpCase {
  const inputs: { x: InputSpec; w: InputSpec; b?: InputSpec } = {
    x: { shape: [n, k] },
    w: { shape: [k, oc] },
    ...(bias && { b: { shape: [oc] } }),
  };
  return opCase({
    op: "dense",
    name,
    inputs,
    run: (t) => dense(t.x, t.w, t.b),
    reference: denseLayer,
    differentiable: Object.keys(inputs),
    linear: true,
    K: Math.max(k + 1, oc, n),
    flops: 2 * n * k * oc,
  });
}

export const denseCases: OpCase[] = [
  { name: "7 to 5", n: 3, k: 7, oc: 5 },
  { name: "1 to 1", n: 1, k: 1, oc: 1 },
  { name: "without bias", n: 2, k: 12, oc: 10, bias: false },
  { name: "by fours", n: 4, k: 64, oc: 32 },
  { name: "primes", n: 3, k: 127, oc: 61 },
  { name: "long rows", n: 1, k: 2053, oc: 10 },
  { name: "long rows by fours", n: 2, k: 4096, oc: 12 },
  { name: "wide", n: 1, k: 33, oc: 1031 },
  { name: "wide by fours", n: 2, k: 36, oc: 1000 },
  { name: "large batch", n: 67, k: 19, oc: 23 },
  { name: "large batch by fours", n: 64, k: 32, oc: 48 },
  { name: "empty batch", n: 0, k: 7, oc: 5 },
].map(denseCase);
