// Rows of the cases table that fast-check draws.
import fc from "fast-check";
import type { Engine } from "../../src/tensor/engine.ts";
import type { OpCase } from "../cases/case.ts";
import { evaluate, expectBackward, expectForward } from "./check-rows.ts";

export const upTo = (max: number) => fc.integer({ min: 1, max });
export const both = (max: number) => fc.tuple(upTo(max), upTo(max));

/** Forward and backward are the reference's for every row drawn. */
export async function holdsFor(
  engine: Engine,
  rows: fc.Arbitrary<OpCase>,
  options: { readonly seed: number; readonly numRuns: number },
): Promise<void> {
  const property = fc.asyncProperty(rows, async (row) => {
    const evaluation = await evaluate(engine, row);
    expectForward(row, evaluation);
    expectBackward(row, evaluation);
  });
  await fc.assert(property, options);
}
