import type { OpCase } from "./case.ts";
import { convolutionCases } from "./convolution.ts";
import { denseCases } from "./dense.ts";
import { elementwiseCases } from "./elementwise.ts";
import { layoutCases } from "./layout.ts";
import { poolingCases } from "./pooling.ts";

/** Every row of the table, by family: tests and benchmarks go through it. */
export const caseFamilies: Readonly<Record<string, readonly OpCase[]>> = {
  convolution: convolutionCases,
  pooling: poolingCases,
  dense: denseCases,
  elementwise: elementwiseCases,
  layout: layoutCases,
};

export const allCases: readonly OpCase[] = Object.values(caseFamilies).flat();
