// Learning rates by step, against Keras (tools/golden/optimizers.py) and at their corners.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { cosineDecay, stepDecay, warmUp } from "../../src/train/schedules.ts";
import { expectClose } from "../support/close.ts";
import { readGolden, type ScheduleName, schedules } from "./optimizer-golden.ts";

describe("schedules", () => {
  it.each(Object.keys(schedules) as ScheduleName[])("%s is Keras'", async (name) => {
    const expected = (await readGolden()).schedules[name];
    expect(expected.length).toBe(9);
    expectClose(
      expected.map((_, step) => schedules[name](step)),
      expected,
      { rtol: 1e-6, atol: 1e-12 },
      name,
    );
  });

  it("warm up to a rate that stays, and to any schedule", () => {
    const flat = warmUp(0.5, { steps: 4 });
    expect([0, 1, 2, 4, 100].map(flat)).toEqual([0, 0.125, 0.25, 0.5, 0.5]);
    const stepped = warmUp(stepDecay({ learningRate: 8, every: 3, factor: 0.5 }), { steps: 2, from: 4 });
    expect([0, 1, 2, 3, 4, 5].map(stepped)).toEqual([4, 6, 8, 8, 8, 4]);
  });

  it("end at alpha times the rate and stay there", () => {
    const schedule = cosineDecay({ learningRate: 2, steps: 10, alpha: 0.25 });
    expect([schedule(10), schedule(1e6)]).toEqual([0.5, 0.5]);
    expect(cosineDecay({ learningRate: 2, steps: 10 })(10)).toBe(0);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("want a number of steps above 0, not %d", (steps) => {
    expect(() => cosineDecay({ learningRate: 1, steps })).toThrow(ShapeError);
    expect(() => cosineDecay({ learningRate: 1, steps })).toThrow(`cosineDecay: steps is ${steps}; it wants`);
    expect(() => stepDecay({ learningRate: 1, every: steps, factor: 1 })).toThrow("stepDecay: every is");
    expect(() => warmUp(1, { steps })).toThrow("warmUp: steps is");
  });
});
