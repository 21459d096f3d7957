// The backward rules of deconvnet and guided backpropagation on whatever has a ReLU's shape, and on what has not.
import { describe, expect, it } from "vitest";
import { celu, elu, gelu, selu, silu } from "../../src/autograd/ops/activation-functions.ts";
import { leakyRelu, relu } from "../../src/autograd/ops/activations.ts";
import { prelu } from "../../src/autograd/ops/arithmetic.ts";
import { backwardRules, type RuleName } from "../../src/autograd/rules.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose, expectEqual } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";

const X = [-3, -1, -0.5, 0.25, 0.5, 1, 3, 7];
const SEED = [1, -2, 3, -4, 5, -6, 7, 8];

const host = useEngine();

type Run = (x: Tensor, alpha: Tensor) => Tensor;

async function gradient(engine: Engine, rule: RuleName, run: Run): Promise<ArrayLike<number>> {
  using x = engine.tensor(X, [1, X.length]);
  using alpha = engine.tensor([0.25], [1]);
  using seed = engine.tensor(SEED, [1, X.length]);
  using tape = new Tape(engine);
  const y = tape.run(() => run(x, alpha));
  const [dx] = tape.backward(y, { seed, wrt: [x], rules: backwardRules[rule] });
  if (!dx) throw new Error("a gradient was expected");
  const values = await dx.read();
  dx.dispose();
  return values;
}

const like: [string, Run][] = [
  ["relu6", (x) => relu(x, { max: 6 })],
  ["relu with all options", (x) => relu(x, { max: 6, threshold: 0.3, slope: 0.125 })],
  ["leaky relu", (x) => leakyRelu(x)],
  ["prelu", prelu],
  ["elu", (x) => elu(x, { alpha: 0.5 })],
  ["selu", selu],
  ["celu", (x) => celu(x)],
];

describe.each(like)("%s", (_, run) => {
  it("passes only positive cotangents under deconvnet", async () => {
    expectEqual(
      await gradient(host.engine, "deconvnet", run),
      SEED.map((r) => Math.max(r, 0)),
      "dx",
    );
  });

  it("passes only positive cotangents, times its own slope, under guided", async () => {
    const own = await gradient(host.engine, "gradient", run);
    const wanted = SEED.map((r, i) => (r > 0 ? (own[i] ?? Number.NaN) : 0));
    expect(wanted.some((value) => value !== 0)).toBe(true);
    expectClose(await gradient(host.engine, "guided", run), wanted, { atol: 0, rtol: 1e-7 }, "dx");
  });
});

it.each([["gelu", (x: Tensor) => gelu(x)] as const, ["silu", silu] as const])(
  "%s has its own derivative under every rule",
  async (_, run) => {
    const own = await gradient(host.engine, "gradient", run);
    for (const rule of ["deconvnet", "guided"] as const)
      expectEqual(await gradient(host.engine, rule, run), Array.from(own), rule);
  },
);

it("prelu's slope has a gradient under guided, none under deconvnet", async () => {
  const { engine } = host;
  for (const [rule, wanted] of [
    ["guided", -3 * 1 - 0.5 * 3],
    ["deconvnet", 0],
  ] as const) {
    using x = engine.tensor(X, [1, X.length]);
    using alpha = engine.tensor([0.25], [1]);
    using seed = engine.tensor(SEED, [1, X.length]);
    using tape = new Tape(engine);
    const y = tape.run(() => prelu(x, alpha));
    const [slope] = tape.backward(y, { seed, wrt: [alpha], rules: backwardRules[rule] });
    expect(await slope?.read()).toEqual(Float32Array.of(wanted));
    slope?.dispose();
  }
});
