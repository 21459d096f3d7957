import { stabilizedQuotient } from "../../src/autograd/ops/quotient.ts";
import { stabilizedQuotientFunction } from "../reference/quotient.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

function quotientCase(
  name: string,
  inputs: { a: InputSpec; b: InputSpec },
  { epsilon = 1e-6, smooth = true }: { epsilon?: number; smooth?: boolean } = {},
): OpCase {
  return opCase({
    op: "stabilizedQuotient",
    name,
    inputs,
    run: (t) => stabilizedQuotient(t.a, t.b, { epsilon }),
    reference: stabilizedQuotientFunction(epsilon),
    differentiable: ["a", "b"],
    // two divisions of at most 2.5 units in the last place, two sums and a product
    K: 8,
    smooth,
  });
}

const around = (shape: readonly number[], b: readonly [number, number] = [0.5, 2]) => ({
  a: { shape },
  b: { shape, range: b },
});

export const quotientCases: readonly OpCase[] = [
  quotientCase("7x5", around([3, 7, 5, 3])),
  quotientCase("by fours", around([2, 3, 8])),
  quotientCase("below 0", around([2, 7], [-2, -0.5])),
  quotientCase("a large epsilon", around([4, 4], [-2, -0.5]), { epsilon: 0.25 }),
  quotientCase("one element", around([1])),
  quotientCase("empty batch", around([0, 3])),
  quotientCase(
    "nearer to 0 than epsilon",
    { a: { shape: [6] }, b: { shape: [6], values: [0, -0, 1e-9, -1e-9, 1e-3, -1e-3] } },
    { smooth: false },
  ),
];
