import { rescaledTerms, termRange } from "../../src/autograd/ops/terms.ts";
import { rescaling, termRanges } from "../reference/terms.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

type Shape = readonly number[];

export function termRangeCase(name: string, x: InputSpec, b: Shape): OpCase {
  return opCase({
    op: "termRange",
    name,
    inputs: { x, b: { shape: b } },
    run: (t) => termRange(t.x, t.b),
    reference: termRanges,
    differentiable: [],
    K: x.shape.slice(1, -1).reduce((product, extent) => product * extent, 2),
  });
}

interface RescaleSpec {
  readonly x: Shape;
  readonly b?: number;
  /** Ends for each channel, or one pair for all. */
  readonly ends?: number;
  readonly before?: boolean;
}

export function rescaledTermsCase(name: string, { x, b, ends, before = false }: RescaleSpec): OpCase {
  const C = x.at(-1) ?? 1;
  const epsilon = 0.125;
  const inputs = {
    x: { shape: x },
    b: { shape: [b ?? C] },
    range: { shape: [x[0] ?? 1, 3, ends ?? C], range: [0.25, 2] },
  } as const;
  const shared = { op: "rescaledTerms", name, differentiable: [], K: C + 2 };
  if (before)
    return opCase({
      ...shared,
      inputs: { ...inputs, before: { shape: [...x.slice(0, -1), 1] } },
      run: (t) => rescaledTerms(t.x, { b: t.b, range: t.range, epsilon, before: t.before }),
      reference: rescaling(epsilon),
    });
  return opCase({
    ...shared,
    inputs,
    run: (t) => rescaledTerms(t.x, { b: t.b, range: t.range, epsilon }),
    reference: rescaling(epsilon),
  });
}

export const termCases: readonly OpCase[] = [
  termRangeCase("7x5", { shape: [3, 7, 5, 3] }, [3]),
  termRangeCase("by fours", { shape: [2, 33, 32, 20] }, [20]),
  termRangeCase("one number for all channels", { shape: [2, 11, 7, 8] }, [1]),
  termRangeCase("17 channels", { shape: [2, 33, 32, 17] }, [17]),
  termRangeCase("the same everywhere", { shape: [1, 6, 4], values: Array.from({ length: 24 }, () => 0.7) }, [4]),
  termRangeCase("many positions", { shape: [1, 61, 47, 4] }, [4]),
  termRangeCase("no positions between", { shape: [5, 6] }, [6]),
  termRangeCase("one value", { shape: [1, 1] }, [1]),
  termRangeCase("empty batch", { shape: [0, 3, 4] }, [4]),
  rescaledTermsCase("7x5", { x: [3, 7, 5, 3] }),
  rescaledTermsCase("by fours", { x: [2, 9, 7, 36] }),
  rescaledTermsCase("19 channels", { x: [2, 5, 3, 19] }),
  rescaledTermsCase("added to what was before", { x: [2, 6, 5, 20], before: true }),
  rescaledTermsCase("one pair of ends", { x: [2, 5, 5, 24], ends: 1 }),
  rescaledTermsCase("one number for all channels", { x: [2, 4, 5, 32], b: 1 }),
  rescaledTermsCase("many rows", { x: [65_600, 16], b: 1, ends: 1 }),
  rescaledTermsCase("one value", { x: [1, 1] }),
  rescaledTermsCase("empty batch", { x: [0, 3, 4] }),
];
