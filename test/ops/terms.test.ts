import { describe, expect, it } from "vitest";
import { rescaledTerms, termRange } from "../../src/autograd/ops/terms.ts";
import { ShapeError } from "../../src/errors.ts";
import { termCases } from "../cases/terms.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

const host = useEngine();

checkRows(termCases, host);

describe("refuses", () => {
  it("what does not fit", () => {
    const { engine } = host;
    engine.scope(() => {
      const t = (...shape: number[]) => engine.zeros(shape);
      const rescale = (b: number[], range: number[], before?: number[]) => () =>
        rescaledTerms(t(2, 5, 3), { b: t(...b), range: t(...range), epsilon: 1, before: before && t(...before) });
      for (const call of [
        () => termRange(t(3), t(3)),
        () => termRange(t(2, 0, 3), t(3)),
        () => termRange(t(2, 3), t(2)),
      ])
        expect(call).toThrow(ShapeError);
      expect(rescale([2], [2, 3, 3])).toThrow(/b \[2\] for 3 channels; \[3\] or \[1\] is wanted/);
      expect(rescale([3], [2, 2, 3])).toThrow(/range \[2, 2, 3\] does not fit x \[2, 5, 3\]/);
      expect(rescale([3], [1, 3, 3])).toThrow(ShapeError);
      expect(rescale([3], [2, 3, 3], [2, 5])).toThrow(/before \[2, 5\] is added to sums \[2, 5, 1\]/);
      return undefined;
    });
  });

  it("nothing where all terms are alike: they are their own least, and nothing is left to enlarge", async () => {
    const { engine } = host;
    const y = engine.scope(() => {
      const [x, b] = [engine.tensor(new Float32Array(1600).fill(0.1), [1, 5, 16, 20]), engine.tensor([0.3], [1])];
      return rescaledTerms(x, { b, range: termRange(x, b), epsilon: 1e-7 });
    });
    const [values] = await engine.read([y]);
    expect(new Set(values)).toEqual(new Set([0]));
    y.dispose();
  });
});
