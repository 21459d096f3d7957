// Walking a tape back: only what is asked for, as often as asked, by whichever rules.
import { describe, expect, it } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { add, mul, scale } from "../../src/autograd/ops/arithmetic.ts";
import { backwardRules } from "../../src/autograd/rules.ts";
import { type BackwardOptions, Tape, type TapeNode } from "../../src/autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Dispatch, dispatchesOf } from "../ops/watch.ts";
import { expectClose } from "../support/close.ts";
import { useConvTiles } from "../support/conv-tiles.ts";
import { useEngine } from "../support/engine.ts";
import { Network, random, take } from "./network.ts";

const host = useEngine();
useConvTiles(host);

const kernels = (dispatches: readonly Dispatch[]) => dispatches.map(({ kernel }) => kernel.name);

/** Kernels of the walk from the logits to the pooled features, and on to the image. */
const DENSE = ["dense-input-vjp"];
const POOLED = [...DENSE, "broadcast"];
const FEATURES = [...POOLED, "relu-vjp", "conv2d-input-vjp"];
const IMAGE = [...FEATURES, "max-pool-vjp", "relu-vjp", "conv2d-input-vjp"];

describe("backward dispatches only what leads from y to wrt", () => {
  it.each([
    ["pooled", DENSE],
    ["relu2", POOLED],
    ["pool", FEATURES],
    ["x", IMAGE],
  ] as const)("to %s", (name, expected) => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = net.seed(2);
    const wrt = name === "x" ? net.x : activations[name];
    const { result, dispatches } = dispatchesOf(host.engine, () =>
      tape.backward(activations.logits, { seed, wrt: [wrt] }),
    );
    expect(kernels(dispatches)).toEqual(expected);
    expect(result.map(({ shape }) => shape)).toEqual([wrt.shape]);
    for (const tensor of result) tensor.dispose();
  });

  it("to weights: without the gradients of what lies before them", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = net.seed(2);
    const { result, dispatches } = dispatchesOf(host.engine, () =>
      tape.backward(activations.logits, { seed, wrt: [net.w3, net.w2] }),
    );
    const used = kernels(dispatches).filter((name) => name !== "sum-slices");
    expect(used).toEqual(["dense-input-vjp", "dense-filter-vjp", "broadcast", "relu-vjp", "conv2d-filter-vjp"]);
    expect(result.map(({ shape }) => shape)).toEqual([net.w3.shape, net.w2.shape]);
    for (const tensor of result) tensor.dispose();
  });

  it("from an inner activation", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = random(host.engine, "seed", activations.conv2.shape);
    const { result, dispatches } = dispatchesOf(host.engine, () =>
      tape.backward(activations.conv2, { seed, wrt: [activations.pool] }),
    );
    expect(kernels(dispatches)).toEqual(["conv2d-input-vjp"]);
    for (const tensor of result) tensor.dispose();
  });

  it("to several places in one walk", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = net.seed(1);
    const wrt = [net.x, activations.relu2, activations.logits, activations.relu2];
    const { result, dispatches } = dispatchesOf(host.engine, () => tape.backward(activations.logits, { seed, wrt }));
    expect(kernels(dispatches)).toEqual(IMAGE);
    const [dx, dA, dLogits, again] = await Promise.all(result.map(take));
    expect(dLogits).toEqual([0, 1, 0, 0, 0]);
    expect(again).toEqual(dA);
    for (const [i, values] of [dx, dA].entries()) {
      const [alone] = tape.backward(activations.logits, { seed, wrt: wrt.slice(i, i + 1) });
      expect(await take(alone)).toEqual(values);
    }
  });
});

describe("seeds", () => {
  it("one recording answers several, each as a recording of its own would", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    const before = host.engine.counts.dispatches;
    const gradients: number[][] = [];
    for (const index of [0, 3]) {
      using seed = net.seed(index);
      const [dx] = tape.backward(activations.logits, { seed, wrt: [net.x] });
      gradients.push(await take(dx));
    }
    expect(host.engine.counts.dispatches - before).toBe(2 * IMAGE.length);
    for (const [i, index] of [0, 3].entries()) {
      using fresh = new Tape(host.engine);
      const own = net.record(fresh);
      using seed = net.seed(index);
      const [dx] = fresh.backward(own.logits, { seed, wrt: [net.x] });
      expect(await take(dx)).toEqual(gradients[i]);
    }
    expect(gradients[0]).not.toEqual(gradients[1]);
  });

  it("several at once walk back together, each as alone, with copies of nothing but what a rule reads", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    tape.inputs.add(net.x.id);
    using seed = host.engine.tensor([0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, -2, 0.5], [3, 5]);
    const values = await seed.read();
    const wrt = [net.x, activations.pool];
    const { result, dispatches } = dispatchesOf(host.engine, () => tape.backward(activations.logits, { seed, wrt }));
    expect(kernels(dispatches)).toEqual(IMAGE);
    expect(result.map(({ shape }) => shape)).toEqual([
      [3, 8, 8, 3],
      [3, 4, 4, 8],
    ]);
    const together = await Promise.all(result.map(take));
    for (let i = 0; i < 3; i++) {
      using one = host.engine.tensor(values.slice(5 * i, 5 * i + 5), [1, 5]);
      const alone = await Promise.all(tape.backward(activations.logits, { seed: one, wrt }).map(take));
      for (const [k, wanted] of alone.entries()) {
        const rows = together[k]?.slice(i * wanted.length, (i + 1) * wanted.length) ?? [];
        expectClose(rows, wanted, { atol: 1e-6, rtol: 1e-5 }, `seed ${i}, gradient ${k}`);
      }
    }
  });

  it("several at once have no gradients of weights, which would mix them", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    tape.inputs.add(net.x.id);
    using seed = host.engine.zeros([2, 5]);
    const ask = () => tape.backward(activations.logits, { seed, wrt: [net.w2] });
    expect(ask).toThrow(ShapeError);
    expect(ask).toThrow("backward: the seed holds 2 cotangents, and wrt [3, 3, 8, 8] has no rows of pictures");
  });

  it("is ones unless given, and is linear", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    const one = async (seed?: Tensor) =>
      take(tape.backward(activations.logits, { ...(seed && { seed }), wrt: [net.x] })[0]);
    const all = await one();
    const sum = new Float64Array(all.length);
    for (let index = 0; index < 5; index++) {
      using seed = net.seed(index);
      for (const [i, value] of (await one(seed)).entries()) sum[i] = (sum[i] ?? 0) + value;
    }
    expect(all.some((value) => value !== 0)).toBe(true);
    expectClose(all, sum, { atol: 1e-6, rtol: 1e-5 }, "gradient of the sum");
  });

  it("survives, also where the gradient is the seed itself", async () => {
    const { engine } = host;
    using a = engine.tensor([1, 2], [2]);
    using b = engine.tensor([3, 4], [2]);
    using seed = engine.tensor([5, 6], [2]);
    using tape = new Tape(engine);
    const y = tape.run(() => add(a, b));
    const [da, db, dy] = tape.backward(y, { seed, wrt: [a, b, y] });
    expect(await Promise.all([da, db, dy].map(take))).toEqual([
      [5, 6],
      [5, 6],
      [5, 6],
    ]);
    expect([...(await seed.read())]).toEqual([5, 6]);
  });
});

describe("gradients add up", () => {
  it("where a tensor is used twice, once even by the same operation", async () => {
    const { engine } = host;
    using x = engine.tensor([1, -2, 3], [3]);
    using tape = new Tape(engine);
    // y = x * x + 3 relu(x)
    const y = tape.run(() => add(mul(x, x), scale(relu(x), 3)));
    const [dx] = tape.backward(y, { wrt: [x] });
    expect(await take(dx)).toEqual([5, -4, 9]);
  });

  it("and are zeros where y does not depend on a recorded tensor", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    using other = engine.tensor([3], [1]);
    using tape = new Tape(engine);
    const [y, z] = tape.run(() => [relu(x), relu(other)] as const);
    const [dOther, dz] = tape.backward(y, { wrt: [other, z] });
    expect(await take(dOther)).toEqual([0]);
    expect(await take(dz)).toEqual([0]);
  });
});

describe("rules by name", () => {
  it("gradient, deconvnet and guided share one forward pass", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const forward = dispatchesOf(host.engine, () => net.record(tape));
    expect(forward.dispatches.length).toBeGreaterThanOrEqual(7);
    const activations = forward.result;
    using seed = net.seed(2);
    const results: Record<string, number[]> = {};
    for (const [name, rules] of Object.entries(backwardRules)) {
      const { result, dispatches } = dispatchesOf(host.engine, () =>
        tape.backward(activations.logits, { seed, wrt: [net.x], rules }),
      );
      const reluKernel = { gradient: "relu-vjp", deconvnet: "relu-deconvnet", guided: "relu-guided" }[name];
      expect(kernels(dispatches)).toEqual(IMAGE.map((kernel) => (kernel === "relu-vjp" ? reluKernel : kernel)));
      results[name] = await take(result[0]);
    }
    expect(results.guided).not.toEqual(results.gradient);
    expect(results.deconvnet).not.toEqual(results.gradient);
    // nothing was changed by the others
    const [again] = tape.backward(activations.logits, { seed, wrt: [net.x] });
    expect(await take(again)).toEqual(results.gradient);
  });

  it("a caller's own rule replaces an operation's", async () => {
    const { engine } = host;
    using x = engine.tensor([-1, 2], [2]);
    using tape = new Tape(engine);
    const y = tape.run(() => scale(relu(x), 3));
    const rules = { relu: (dy: Tensor) => ({ x: scale(dy, 10) }) };
    const [dx] = tape.backward(y, { wrt: [x], rules });
    expect(await take(dx)).toEqual([30, 30]);
  });

  it("an unknown name is refused, with a suggestion", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    const walk = (name: string) => () =>
      tape.backward(activations.logits, { wrt: [net.x], rules: { [name]: backwardRules.guided.relu } });
    expect(walk("rellu")).toThrow(UnknownNameError);
    expect(walk("rellu")).toThrow('no operation "rellu" to put a rule on; did you mean "relu"?');
    expect(walk("something else")).toThrow(/no operation "something else" to put a rule on$/);
  });
});

it("onCotangent sees every cotangent from the seed on", async () => {
  const { engine } = host;
  using x = engine.tensor([-1, 2], [2]);
  using tape = new Tape(engine);
  const y = tape.run(() => scale(scale(relu(x), 3), 5));
  const seen: [string, Tensor][] = [];
  const [dx] = tape.backward(y, {
    wrt: [x],
    onCotangent: (node, dy) => seen.push([node.op.name, scale(dy, 1)]),
  });
  expect(seen.map(([name]) => name)).toEqual(["scale", "scale", "relu"]);
  expect(await take(dx)).toEqual([0, 15]);
  // made in the walk and not returned by it
  for (const [, copy] of seen) expect(copy.disposed).toBe(true);
});

describe("rules by node", () => {
  it("replace the rule of that node alone, and are asked on the way back", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = net.seed(1);
    const asked: string[] = [];
    const first = tape.nodes.find(({ op }) => op.name === "relu");
    if (!first?.inputs.x) throw new Error("the network has a ReLU");
    const rules = (node: TapeNode) => {
      asked.push(node.op.name);
      return node === first ? { vjp: (dy: Tensor) => ({ x: scale(dy, 2) }), reads: [] } : undefined;
    };
    const gradients = (options: Pick<BackwardOptions, "rules">) =>
      tape.backward(activations.logits, { seed, wrt: [activations.relu2, net.x], ...options });
    const [plain, own] = [gradients({}), gradients({ rules: () => undefined })];
    expect(await Promise.all(own.map(take))).toEqual(await Promise.all(plain.map(take)));
    const [dA, dx] = await Promise.all(gradients({ rules }).map(take));
    expect(asked).toEqual(tape.nodes.map(({ op }) => op.name).reverse());
    // the first ReLU lets everything through, twice; nothing changes before it on the way back
    const [before, sameA] = tape.backward(activations.logits, { seed, wrt: [first.output, activations.relu2] });
    expect(dA).toEqual(await take(sameA));
    using twice = scale(before as Tensor, 2);
    before?.dispose();
    const [expected] = tape.backward(first.inputs.x, { seed: twice, wrt: [net.x] });
    expect(dx).toEqual(await take(expected));
  });
});

describe("what does not fit is refused", () => {
  it("a seed of another shape", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using seed = random(host.engine, "seed", [1, 4]);
    const walk = () => tape.backward(activations.logits, { seed, wrt: [net.x] });
    expect(walk).toThrow(ShapeError);
    expect(walk).toThrow("backward: seed is [1, 4] but y is [1, 5]");
  });

  it("a y that the tape did not compute, an input included", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    net.record(tape);
    using elsewhere = relu(net.x);
    expect(() => tape.backward(elsewhere, { wrt: [net.x] })).toThrow(
      "backward: y [1, 8, 8, 3] was not computed under this tape; compute it inside tape.run()",
    );
    expect(() => tape.backward(net.x, { wrt: [net.x] })).toThrow(ShapeError);
  });

  it("a wrt that is not on the tape", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using stranger = random(host.engine, "x", net.x.shape);
    const walk = () => tape.backward(activations.logits, { wrt: [net.x, stranger] });
    expect(walk).toThrow(ShapeError);
    expect(walk).toThrow("backward: wrt [1, 8, 8, 3] is neither input nor output of anything on this tape");
  });
});
