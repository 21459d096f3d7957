// The reference's derivatives against central differences, at PyTorch's gradcheck tolerances. No GPU takes part.
import { describe, expect, it } from "vitest";
import { generator } from "../../src/random.ts";
import { allCases } from "../cases/all-cases.ts";
import { arraysOf, directionOf, inputsOf, type OpCase } from "../cases/case.ts";
import type { Arrays } from "../reference/array.ts";
import { expectClose } from "../support/close.ts";

const EPS = 1e-6;
const TOLERANCES = { atol: 1e-5, rtol: 1e-3 };
/** Elements of forward passes that one row may cost; large rows check fewer of their inputs' elements. */
const BUDGET = 1e6;

describe.each(allCases.filter((row) => row.smooth && row.differentiable.length > 0))("$op: $name", (row) => {
  it("the reference's VJP passes gradcheck", () => {
    const inputs = arraysOf(row, inputsOf(row));
    const y = row.reference.forward(inputs);
    const dy = { data: Float64Array.from(directionOf(row, "dy", y.shape)), shape: y.shape };
    const gradients = row.reference.vjp(inputs, dy);
    for (const name of row.differentiable) {
      const elements = someElements(row, inputs, name);
      const numeric = elements.map((i) => difference(row, { inputs, name, i, dy: dy.data }));
      const analytic = elements.map((i) => gradients[name]?.[i] ?? Number.NaN);
      expect(gradients[name]?.length).toBe(inputs[name]?.data.length);
      expectClose(analytic, numeric, TOLERANCES, `d${name} at elements ${elements.slice(0, 5)}...`);
    }
  });
});

it("every differentiable operation is checked by smooth rows", () => {
  const smooth = new Set(allCases.filter((row) => row.smooth).map((row) => row.op));
  const differentiable = new Set(allCases.filter((row) => row.differentiable.length > 0).map((row) => row.op));
  expect([...differentiable].filter((op) => !smooth.has(op))).toEqual([]);
});

/** All elements of a small input; of a large one, as many as the budget allows, at random. */
function someElements(row: OpCase, inputs: Arrays, name: string): number[] {
  const size = inputs[name]?.data.length ?? 0;
  const cost = Math.max(row.flops ?? 0, ...Object.values(inputs).map(({ data }) => data.length));
  const count = Math.max(1, Math.min(40, Math.floor(BUDGET / (2 * cost))));
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  const next = generator(`${row.op}/${row.name}/${name}/gradcheck`);
  return Array.from({ length: count }, () => Math.floor(next() * size));
}

function difference(
  row: OpCase,
  { inputs, name, i, dy }: { inputs: Arrays; name: string; i: number; dy: Float64Array },
): number {
  const moved = (step: number) => {
    const input = inputs[name];
    if (!input) throw new RangeError(`no input ${name}`);
    const data = input.data.slice();
    data[i] = (data[i] ?? Number.NaN) + step;
    return row.reference.forward({ ...inputs, [name]: { data, shape: input.shape } }).data;
  };
  const ahead = moved(EPS);
  const behind = moved(-EPS);
  let sum = 0;
  for (let j = 0; j < dy.length; j++) sum += ((dy[j] ?? 0) * ((ahead[j] ?? 0) - (behind[j] ?? 0))) / (2 * EPS);
  return sum;
}
