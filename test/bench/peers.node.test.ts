import { describe, expect, it } from "vitest";
import { fingerprint, type Job, timeWorkload } from "../../bench/peers/job.ts";
import {
  channelsFirst,
  channelsFirstKernel,
  channelsLast,
  kernelChannelsFirst,
  kernelChannelsLast,
  rowPieces,
} from "../../bench/peers/layout.ts";
import { type Node, networks } from "../../bench/peers/network.ts";
import { checkPeer, type PeerName, type Row, rowOf, runPeer } from "../../bench/peers/peer.ts";
import { checked, comparison, disagreement, ratio } from "../../bench/peers/table.ts";
import { backward, forward } from "../../bench/peers/walk.ts";
import { outputExtents, parseWorkload, standardWorkloads } from "../../bench/peers/workloads.ts";

describe("workloads", () => {
  it("are read from their names", () => {
    for (const name of standardWorkloads) expect(parseWorkload(name).name).toBe(name);
    expect(parseWorkload("resnet50.guided")).toMatchObject({ kind: "network", network: "resnet50", phase: "guided" });
    expect(parseWorkload("dense:25088:4096")).toMatchObject({ inputs: 25088, outputs: 4096 });
    const conv = { h: 224, w: 112, c: 3, oc: 64, k: 7, stride: 2, pad: 3 };
    expect(parseWorkload("conv:224x112x3:64:7s2:filter")).toMatchObject({ kind: "conv", part: "filter", conv });
    expect(parseWorkload("conv:8x8x4:4:1")).toMatchObject({ part: "forward", conv: { k: 1, stride: 1, pad: 0 } });
    expect(outputExtents(conv)).toEqual([112, 56]);
  });

  it.each(["resnet50.forwards", "conv:8x8:4:3", "conv:0x8x4:4:3", "conv:8x8x4:4:3s0", "dense:0:4", "dense:4", ""])(
    "refuse %j, saying what there is",
    (name) => expect(() => parseWorkload(name)).toThrow(/no workload ".*conv:HxWxC/),
  );

  it("suggest the nearest name", () => {
    expect(() => parseWorkload("resnet50.guidde")).toThrow(/did you mean "resnet50.guided"\?/);
    expect(() => checkPeer("tfj")).toThrow(/did you mean "tfjs"\?/);
  });

  it("that cannot be loaded say how to install the peers", async () => {
    const options = { runs: 1, budgetMs: 1, folder: "no/such/folder" };
    await expect(runPeer("tfjs", ["mnist.step"], options)).rejects.toThrow(
      "node bench/peers/install.mjs no/such/folder",
    );
  });
});

describe("layouts", () => {
  const count = (length: number) => Float32Array.from({ length }, (_, i) => i);

  it("of pictures go to channels first and back", () => {
    const shape = { h: 2, w: 3, c: 4 };
    const first = channelsFirst(count(48), shape);
    // picture 1, channel 2, row 1, column 0
    expect(first[24 + 2 * 6 + 3]).toBe(24 + 3 * 4 + 2);
    expect(channelsLast(first, shape)).toEqual(count(48));
  });

  it("of kernels go to channels first and back", () => {
    const shape = { k: 3, c: 2, oc: 5 };
    const first = kernelChannelsFirst(count(90), shape);
    // from channel 1 to channel 4, tap 7
    expect(first[(4 * 2 + 1) * 9 + 7]).toBe((7 * 2 + 1) * 5 + 4);
    expect(kernelChannelsLast(first, shape)).toEqual(count(90));
  });

  it("of large matrices are cut between rows", () => {
    const pieces = rowPieces(count(14), [7, 2], 30);
    expect(pieces.map(({ shape }) => shape)).toEqual([
      [3, 2],
      [3, 2],
      [1, 2],
    ]);
    expect(pieces.flatMap(({ values }) => [...values])).toEqual([...count(14)]);
    expect(rowPieces(count(14), [7, 2], Number.POSITIVE_INFINITY)).toHaveLength(1);
  });

  it("of the dense layer after a flatten follow the pictures", () => {
    const network = networks.mnist();
    const dense = network.nodes.find(({ op }) => op === "dense");
    if (dense?.op !== "dense") throw new Error("the network has a dense layer");
    const { kernel } = dense.weights();
    // 3 x 3 x 64 inputs: row 1, column 2, channel 5
    const row = (values: Float32Array, index: number) => values.slice(index * dense.oc, (index + 1) * dense.oc);
    expect(row(channelsFirstKernel(network, dense), 5 * 9 + 5)).toEqual(row(kernel, 5 * 64 + 5));
  });
});

describe("networks", () => {
  const parameters = (nodes: readonly Node[]) =>
    nodes.reduce((sum, node) => {
      if (node.op === "conv") return sum + node.k * node.k * node.c * node.oc + node.oc;
      return node.op === "dense" ? sum + node.c * node.oc + node.oc : sum;
    }, 0);

  it("have as many weights as Keras' (ResNet50 without its batch norms)", () => {
    expect(parameters(networks.mnist().nodes)).toBe(130_890);
    expect(parameters(networks.vgg16().nodes)).toBe(138_357_544);
    expect(parameters(networks.resnet50().nodes)).toBe(25_636_712 - 4 * 26_560);
  });

  it("are walked back to a node, adding what two branches give", () => {
    const place = { inputs: [0], relu: false, op: "flatten", h: 1, w: 1, c: 1 } as const;
    const nodes: Node[] = [
      { ...place, index: 0, inputs: [-1], relu: true },
      { ...place, index: 1 },
      { index: 2, op: "add", inputs: [1, 0], relu: true },
    ];
    const factor = [2, 3];
    const values = new Map([[-1, 5]]);
    const result = forward(nodes, values, (node, [a = 0, b = 0]) =>
      node.op === "add" ? a + b : a * (factor[node.index] ?? 0),
    );
    expect(result).toBe(5 * 2 * 3 + 5 * 2);
    const rules = {
      gate: (dy: number, y: number) => dy + y / 1000,
      vjp: (node: Node, _x: number, _y: number, dy: number) => dy * (factor[node.index] ?? 0),
      sum: (a: number, b: number) => a + b,
    };
    // at node 2: 1.04; at node 0: 3.12 + 1.04
    expect(backward(nodes, values, { seed: 1, to: 0, rules })).toBeCloseTo(4.16, 12);
    expect(backward(nodes, values, { seed: 1, to: -1, rules })).toBeCloseTo(2 * 4.17, 12);
  });
});

describe("timing", () => {
  it("keeps the least and the middle time, and frees the job", async () => {
    const calls: number[] = [];
    const job: Job = {
      run: async (count) => void calls.push(count),
      output: async () => [3, -4],
      dispose: () => void calls.push(-1),
    };
    const only = () => job;
    const contestant = { network: only, training: only, conv: only, dense: only };
    const timing = await timeWorkload(contestant, parseWorkload("dense:2:2"), { runs: 3, budgetMs: 1e4 });
    expect(calls).toEqual([1, 1, 64, 64, 64, -1]);
    expect(timing.ms).toBeLessThanOrEqual(timing.medianMs);
    expect(timing.output).toEqual([3, -4, 3.5, 4]);
  });

  it("of a library that cannot start gives rows with its error", async () => {
    const row = await rowOf(Promise.reject(new Error("no\nadapter")), parseWorkload("mnist.step"), {
      runs: 1,
      budgetMs: 1,
    });
    expect(row).toEqual({
      workload: "mnist.step",
      ms: Number.NaN,
      medianMs: Number.NaN,
      output: [],
      error: "no adapter",
    });
  });

  it("takes elements from all of a result", () => {
    const numbers = fingerprint(Float32Array.from({ length: 2400 }, (_, i) => i));
    expect(numbers.slice(0, 3)).toEqual([0, 100, 200]);
    expect(numbers.slice(-2)).toEqual([1199.5, 2399]);
    expect(fingerprint([1, Number.NaN]).at(-2)).toBeNaN();
  });
});

describe("the table", () => {
  const row = (peer: PeerName | "backlight", ms: number, output: readonly number[]): Row => ({
    ...{ peer, ms, output },
    ...{ version: "1", backend: "webgpu" as const, workload: "mnist.step", medianMs: ms },
  });

  it("measures how far outputs are apart", () => {
    expect(disagreement([1, -2], [1, -2.002])).toBeCloseTo(0.001, 9);
    expect(disagreement([1, -2], [0, 0])).toBe(1);
    for (const other of [[1], [1, Number.NaN], []]) expect(disagreement([1, -2], other)).toBe(Number.POSITIVE_INFINITY);
    expect(disagreement([0, 0], [0, 0])).toBe(Number.POSITIVE_INFINITY);
  });

  it("gives a time only where the output is ours", () => {
    const ours = [row("backlight", 10, [1, 2])];
    const theirs = [
      row("tfjs", 5, [0, 0]),
      row("jax-js", 31, [1, 2.001]),
      { ...row("ort", 9, []), error: "no training" },
    ];
    const rows = checked(ours, theirs);
    expect(rows.map(({ error }) => error)).toEqual([
      "wrong output, 1.0e+0 away from ours (it took 5.0 ms)",
      undefined,
      "no training",
    ]);
    expect(ratio(ours[0], rows)).toBe(3.1);
    expect(comparison([...ours, ...rows])).toEqual([
      "ms          backlight  tfjs  jax-js  ort  best peer / ours\n" +
        "mnist.step       10.0   [1]    31.0  [2]              3.10",
      "[1] tfjs, mnist.step: wrong output, 1.0e+0 away from ours (it took 5.0 ms)",
      "[2] ort, mnist.step: no training",
    ]);
    expect(ratio(ours[0], rows.slice(0, 1))).toBeUndefined();
  });
});
