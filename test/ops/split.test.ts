// Tensors larger than one binding: the same results as when they lie in one buffer.
import { describe, expect, it } from "vitest";
import { SPLIT_BYTES, splitCases } from "../cases/split.ts";
import { sizeOf } from "../reference/array.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { evaluate, expectAgreement, expectBackward, expectForward } from "./check-rows.ts";
import { compute } from "./evaluate.ts";

const host = useEngine({ maxBindingBytes: SPLIT_BYTES });

describe.each(splitCases)("$op: $name", (row) => {
  it("agrees with the reference and with the uncut result", async () => {
    const { computed, expected } = await evaluate(host.engine, row);
    const inputSizes = Object.values(row.inputs).map(({ shape }) => sizeOf(shape));
    expect(4 * Math.max(expected.y.data.length, ...inputSizes), "bytes").toBeGreaterThan(SPLIT_BYTES);
    expectForward(row, { computed, expected });
    expectBackward(row, { computed, expected });
    const other = await compute(await engineForTests(), row);
    expectAgreement(row, { computed, other, expected }, "uncut");
  });
});
