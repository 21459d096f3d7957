// What a tape records, and what it does not.
import { describe, expect, it } from "vitest";
import { formatTape } from "../../src/autograd/format.ts";
import { relu } from "../../src/autograd/ops/activations.ts";
import { add, scale } from "../../src/autograd/ops/arithmetic.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { DisposedError, ShapeError, UnknownNameError } from "../../src/errors.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { Network, opNames, random } from "./network.ts";

const host = useEngine();

describe("a recording", () => {
  it("is nodes of data: operation, inputs, parameters, output, label", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    expect(tape.nodes.map(({ op }) => op.name)).toEqual(opNames);
    expect(tape.nodes.map(({ label }) => label)).toEqual(["conv1", "relu1", "pool", "conv2", "relu2", "gap", "logits"]);
    expect(tape.nodes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [first, second] = tape.nodes;
    expect(first?.inputs.x).toBe(net.x);
    expect(first?.inputs.w).toBe(net.w1);
    expect(first?.params).toMatchObject({ groups: 1, window: { KH: 3, KW: 3, OH: 8, OW: 8, top: 1, left: 1 } });
    expect(second?.inputs.x).toBe(activations.conv1);
    for (const node of tape.nodes) expect(() => structuredClone(node.params), node.label).not.toThrow();
    expect(tape.producerOf(activations.logits)).toBe(tape.node("logits"));
    expect(tape.producerOf(net.x)).toBeUndefined();
  });

  it("prints as a table", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    net.record(tape);
    expect(formatTape(tape)).toBe(
      [
        "node  label   op               inputs                         output        bytes",
        "   0  conv1   conv2d           x=[1, 8, 8, 3] w=[3, 3, 3, 8]  [1, 8, 8, 8]   2048",
        "   1  relu1   relu             x=0                            [1, 8, 8, 8]   2048",
        "   2  pool    max_pool         x=1                            [1, 4, 4, 8]    512",
        "   3  conv2   conv2d           x=2 w=[3, 3, 8, 8]             [1, 4, 4, 8]    512",
        "   4  relu2   relu             x=3                            [1, 4, 4, 8]    512",
        "   5  gap     global_avg_pool  x=4                            [1, 8]           32",
        "   6  logits  dense            x=5 w=[8, 5]                   [1, 5]           20",
      ].join("\n"),
    );
  });

  it("prints GPU times where there is a profile", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    net.record(tape);
    const entry = { kernel: "conv2d", variant: "naive" };
    const profile = [
      { ...entry, label: "conv1", elapsedNs: 1_500_000 },
      { ...entry, label: "conv1", elapsedNs: 500_000 },
      { ...entry, label: "logits", elapsedNs: 4_000 },
    ];
    const lines = formatTape(tape, profile).split("\n");
    expect(lines.map((line) => line.split(/\s+/).at(-1))).toEqual(["us", "2000", "0", "0", "0", "0", "0", "4"]);
  });

  it("finds a node by its label, and suggests the nearest", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    net.record(tape);
    expect(tape.node("relu2").index).toBe(4);
    expect(() => tape.node("rellu2")).toThrow(UnknownNameError);
    expect(() => tape.node("rellu2")).toThrow('no node "rellu2" on the tape; did you mean "relu2"?');
  });
});

describe("nothing is recorded", () => {
  it("without a tape", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const before = host.engine.memory().liveTensors;
    host.engine.scope(() => void net.forward());
    expect(tape.nodes).toEqual([]);
    expect(host.engine.memory().liveTensors).toBe(before);
  });

  it("after run, nor by backward and replay", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    host.engine.scope(() => {
      relu(activations.conv1);
      tape.backward(activations.logits, { wrt: [net.x] });
      tape.replay(activations.logits, activations.pool, activations.pool);
      tape.run(() => tape.backward(activations.logits, { wrt: [net.x] }));
    });
    expect(tape.nodes.length).toBe(opNames.length);
  });

  it("by the outer of two tapes while the inner runs", () => {
    const { engine } = host;
    using x = random(engine, "x", [4]);
    using outer = new Tape(engine);
    using inner = new Tape(engine);
    outer.run(() => {
      const y = relu(x);
      inner.run(() => scale(y, 2));
      scale(y, 3);
    });
    expect(outer.nodes.map(({ op, params }) => [op.name, params])).toEqual([
      ["relu", { most: 3e38 }],
      ["scale", { factor: 3, offset: 0 }],
    ]);
    expect(inner.nodes.map(({ params }) => params)).toEqual([{ factor: 2, offset: 0 }]);
  });

  it("after a body that throws", () => {
    const { engine } = host;
    using x = random(engine, "x", [4]);
    using tape = new Tape(engine);
    const body = () => {
      relu(x);
      throw new RangeError("in the middle");
    };
    expect(() => tape.run(body)).toThrow("in the middle");
    relu(x).dispose();
    expect(tape.nodes.length).toBe(1);
  });
});

describe("a tape's memory", () => {
  it("is what the operations gave, and is freed at once", () => {
    using net = new Network(host.engine);
    const before = host.engine.memory();
    const tape = new Tape(host.engine);
    net.record(tape);
    expect(host.engine.memory().liveTensors).toBe(before.liveTensors + opNames.length);
    tape.dispose();
    tape.dispose();
    const { liveTensors, liveBuffers, liveBytes } = before;
    expect(host.engine.memory()).toMatchObject({ liveTensors, liveBuffers, liveBytes });
  });

  it("outlives the scope that it was recorded in", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = host.engine.scope(() => net.record(tape));
    expect((await activations.relu1.read()).length).toBe(512);
  });

  it("is gone for good: the tape and its tensors refuse to be used", () => {
    using net = new Network(host.engine);
    const tape = new Tape(host.engine);
    const activations = net.record(tape);
    tape.dispose();
    expect(() => tape.run(() => net.forward())).toThrow(DisposedError);
    expect(() => tape.backward(activations.logits, { wrt: [net.x] })).toThrow("this tape was disposed");
    expect(() => tape.replay(activations.logits, activations.pool, activations.pool)).toThrow(DisposedError);
    expect(() => relu(activations.conv1)).toThrow(DisposedError);
  });
});

it("operations refuse inputs of two engines", async () => {
  const { engine } = host;
  const other = await engineForTests({ limits: "default" });
  using a = random(engine, "a", [3]);
  using b = random(other, "b", [3]);
  expect(() => add(a, b)).toThrow(ShapeError);
  expect(() => add(a, b)).toThrow("add: inputs of two engines");
});
