// Tensors larger than one binding: the same results as when they lie in one buffer.
import { describe, expect, it } from "vitest";
import { SPLIT_BYTES, splitCases } from "../cases/split.ts";
import { sizeOf } from "../reference/array.ts";
import { expectWithinRounding } from "../support/close.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { evaluate, expectBackward, expectForward } from "./check-rows.ts";
import { compute } from "./evaluate.ts";

const host = useEngine({ maxBindingBytes: SPLIT_BYTES });

describe.each(splitCases)("$op: $name", (row) => {
  it("agrees with the reference and with the uncut result", async () => {
    const { computed, expected } = await evaluate(host.engine, row);
    const inputSizes = Object.values(row.inputs).map(({ shape }) => sizeOf(shape));
    expect(4 * Math.max(expected.y.data.length, ...inputSizes), "bytes").toBeGreaterThan(SPLIT_BYTES);
    expectForward(row, { computed, expected });
    expectBackward(row, { computed, expected });
    const whole = await compute(await engineForTests(), row);
    const K = 2 * row.K;
    expectWithinRounding(computed.y, whole.y, { K, magnitude: expected.magnitude.y }, "y against uncut");
    for (const name of row.differentiable) {
      const magnitude = expected.magnitude.gradients[name] ?? [];
      const [cut = [], uncut = []] = [computed.gradients[name], whole.gradients[name]];
      expectWithinRounding(cut, uncut, { K, magnitude }, `d${name} against uncut`);
    }
  });
});
