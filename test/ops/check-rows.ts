// What every row of test/cases must satisfy in every lane.
import { afterAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/tensor/engine.ts";
import { directionOf, type OpCase } from "../cases/case.ts";
import { boundAt, expectWithinRounding } from "../support/close.ts";
import { type Computed, compute, directional, dot, type Expected, expectedOf } from "./evaluate.ts";

interface Evaluation {
  readonly computed: Computed;
  readonly expected: Expected;
}

/** Declares the tests of these rows; `host` is what useEngine() returned. */
export function checkRows(rows: readonly OpCase[], host: { readonly engine: Engine }): void {
  for (const row of rows)
    describe(`${row.op}: ${row.name}`, () => {
      let evaluation: Promise<Evaluation> | undefined;
      const evaluated = () => {
        evaluation ??= evaluate(host.engine, row);
        return evaluation;
      };
      afterAll(() => {
        evaluation = undefined;
      });

      it("forward agrees with the reference", async () => expectForward(row, await evaluated()));
      if (row.differentiable.length === 0) return;
      it("backward agrees with the reference", async () => expectBackward(row, await evaluated()));
      if (row.smooth)
        it("<dy, J t> is <J^T dy, t>", async () => {
          const { computed, expected } = await evaluated();
          for (const name of row.differentiable) expectAdjoint(row, { computed, expected }, name);
        });
    });
}

export async function evaluate(engine: Engine, row: OpCase): Promise<Evaluation> {
  return { computed: await compute(engine, row), expected: expectedOf(row) };
}

export function expectForward({ K }: OpCase, { computed, expected }: Evaluation): void {
  expect(computed.shape, "shape of y").toEqual(expected.y.shape);
  expectWithinRounding(computed.y, expected.y.data, { K, magnitude: expected.magnitude.y }, "y");
}

export function expectBackward({ K, differentiable }: OpCase, { computed, expected }: Evaluation): void {
  for (const name of differentiable) {
    const magnitude = expected.magnitude.gradients[name] ?? [];
    expectWithinRounding(computed.gradients[name] ?? [], expected.gradients[name] ?? [], { K, magnitude }, `d${name}`);
  }
}

/** Two ways to compute a row give the same: both err, so twice the bound. */
export function expectAgreement(
  { K, differentiable }: OpCase,
  { computed, other, expected }: Evaluation & { readonly other: Computed },
  otherName: string,
): void {
  const bound = (magnitude: ArrayLike<number>) => ({ K: 2 * K, magnitude });
  expectWithinRounding(computed.y, other.y, bound(expected.magnitude.y), `y against ${otherName}`);
  for (const name of differentiable) {
    const [actual = [], wanted = []] = [computed.gradients[name], other.gradients[name]];
    const magnitude = expected.magnitude.gradients[name] ?? [];
    expectWithinRounding(actual, wanted, bound(magnitude), `d${name} against ${otherName}`);
  }
}

/** J t comes from differences of the reference's forward, so that its VJP plays no part here. */
function expectAdjoint(row: OpCase, { computed, expected }: Evaluation, name: string): void {
  const gradient = computed.gradients[name] ?? [];
  const t = Float64Array.from(directionOf(row, `t-${name}`, [gradient.length]));
  const forward = directional(row, expected.inputs, name, t);
  const left = dot(expected.dy.data, forward);
  const right = dot(gradient, t);
  // <dy, J t> on the GPU's account: K roundings of every term of J^T dy; the differences err by 1e-6 of what they add
  const terms = dot(expected.magnitude.gradients[name] ?? [], t.map(Math.abs));
  const added = dot(expected.dy.data.map(Math.abs), forward.map(Math.abs));
  const allowed = boundAt(row.K, terms) + (row.linear ? 1e-11 : 1e-6) * (added + dot(gradient, gradient)) + 1e-9;
  expect(Math.abs(left - right), `<dy, J t> = ${left}, <J^T dy, t> = ${right} for ${name}`).toBeLessThanOrEqual(
    allowed,
  );
}
