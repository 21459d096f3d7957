import { expect, it } from "vitest";
import { convInputs, type Values } from "../../bench/peers/inputs.ts";
import { fingerprint } from "../../bench/peers/job.ts";
import { runOurs } from "../../bench/peers/ours.ts";
import { disagreement } from "../../bench/peers/table.ts";
import { convolution } from "../reference/convolution.ts";
import { useEngine } from "../support/engine.ts";

const gpu = useEngine();

it("a small convolution and its gradients are timed, and are what the reference says", async () => {
  const shape = { h: 5, w: 6, c: 3, oc: 4, k: 3, stride: 2, pad: 1 };
  const names = ["", ":input", ":filter"].map((part) => `conv:5x6x3:4:3s2${part}`);
  const rows = await runOurs(gpu.engine, names, { runs: 1, budgetMs: 1 });
  expect(rows.map(({ workload, error }) => [workload, error])).toEqual(names.map((name) => [name, undefined]));
  const of64 = ({ values, shape }: Values) => ({ data: Float64Array.from(values), shape });
  const { x, filter, dy } = convInputs(shape);
  const sides = [shape.pad, shape.pad] as const;
  const reference = convolution({ stride: shape.stride, padding: [sides, sides] });
  const inputs = { x: of64(x), w: of64(filter) };
  const gradients = reference.vjp(inputs, of64(dy));
  for (const [i, wanted] of [reference.forward(inputs).data, gradients.x, gradients.w].entries()) {
    expect(rows[i]?.ms).toBeGreaterThan(0);
    expect(disagreement(fingerprint(wanted ?? []), rows[i]?.output ?? [])).toBeLessThan(1e-5);
  }
});
