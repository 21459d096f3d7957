// The networks as lists of nodes that every peer can compute, with the weights that Backlight's models have.
import { newResnetNames, resnet50Stages } from "../../src/nn/applications/resnet-names.ts";
import { hashWeight } from "../../test/support/hash-weights.ts";
import { type Conv, outputExtents } from "./workloads.ts";

interface Weights {
  /** A convolution's kernel [k, k, c, oc], batch norm folded in, or a dense layer's [c, oc]. */
  readonly kernel: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

interface Place {
  readonly index: number;
  /** Indices of nodes; -1 is the network's input. */
  readonly inputs: readonly number[];
  /** Whether a ReLU follows. */
  readonly relu: boolean;
}

export type Node = ConvNode | PoolNode | DenseNode | ShapeNode | (Place & { readonly op: "add" });
export type ConvNode = Place & Conv & { readonly op: "conv"; readonly weights: () => Weights };
export type PoolNode = Place & Omit<Conv, "oc"> & { readonly op: "max-pool" };
/** The input of `flatten` and `average` has h, w and c. */
export type ShapeNode = Place & { readonly op: "flatten" | "average" } & Pick<Conv, "h" | "w" | "c">;
export type DenseNode = Place & {
  readonly op: "dense";
  readonly c: number;
  readonly oc: number;
  readonly weights: () => Weights;
};

export interface Network {
  readonly name: string;
  /** [h, w, c] of the input. */
  readonly input: readonly [number, number, number];
  /** The last node gives the logits. */
  readonly nodes: readonly Node[];
  /** The node that Grad-CAM maps, and its name in Backlight's model. */
  readonly feature: { readonly node: number; readonly layer: string };
}

/** As in Keras' ResNet50. */
const EPSILON = 1.001e-5;

interface ConvSpec {
  readonly oc: number;
  readonly k: number;
  readonly stride?: number;
  readonly relu?: boolean;
  /** Of the batch norm that follows. */
  readonly norm?: string;
  /** Whose output it takes; that of the node before unless given. */
  readonly from?: number;
}

class Builder {
  readonly nodes: Node[] = [];
  /** [h, w, c] of each node's output, the input first. */
  readonly #extents: (readonly [number, number, number])[];

  constructor(input: readonly [number, number, number]) {
    this.#extents = [input];
  }

  /** The node that was added last. */
  get last(): number {
    return this.nodes.length - 1;
  }

  conv(name: string, { oc, k, stride = 1, relu = true, norm, from = this.last }: ConvSpec): number {
    const [h, w, c] = this.#of(from);
    const shape = { h, w, c, oc, k, stride, pad: (k - 1) >> 1 };
    const weights = () => foldedWeights(name, [k, k, c, oc], norm);
    return this.#push({ ...this.#place([from], relu), ...shape, op: "conv", weights }, [...outputExtents(shape), oc]);
  }

  maxPool(k: number, stride: number, pad = 0): number {
    const [h, w, c] = this.#of(this.last);
    const shape = { h, w, c, k, stride, pad };
    return this.#push({ ...this.#place([this.last]), ...shape, op: "max-pool" }, [...outputExtents(shape), c]);
  }

  /** The sum of two nodes and a ReLU. */
  add(a: number, b: number): number {
    return this.#push({ ...this.#place([a, b], true), op: "add" }, this.#of(a));
  }

  /** [n, h, w, c] to [n, h w c] or, as the average over all positions, to [n, c]. */
  toRow(op: "flatten" | "average"): number {
    const [h, w, c] = this.#of(this.last);
    return this.#push({ ...this.#place([this.last]), op, h, w, c }, [1, 1, op === "flatten" ? h * w * c : c]);
  }

  dense(name: string, oc: number, relu: boolean): number {
    const [, , c] = this.#of(this.last);
    const weights = () => foldedWeights(name, [c, oc]);
    return this.#push({ ...this.#place([this.last], relu), op: "dense", c, oc, weights }, [1, 1, oc]);
  }

  #place(inputs: readonly number[], relu = false): Place {
    return { index: this.nodes.length, inputs, relu };
  }

  #of(node: number): readonly [number, number, number] {
    return this.#extents[node + 1] ?? [0, 0, 0];
  }

  #push(node: Node, extents: readonly [number, number, number]): number {
    this.nodes.push(node);
    this.#extents.push(extents);
    return this.last;
  }
}

/** y = gamma (conv(x) - mean) / sqrt(variance + epsilon) + beta is a convolution with other weights. */
function foldedWeights(layer: string, shape: readonly number[], norm?: string): Weights {
  const kernel = hashWeight(layer, "kernel", shape);
  const channels = [shape.at(-1) ?? 0];
  const bias = hashWeight(layer, "bias", channels);
  if (norm === undefined) return { kernel, bias };
  const [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map((role) =>
    hashWeight(norm, role, channels),
  );
  const scale = bias.map((_, i) => (gamma?.[i] ?? 0) / Math.sqrt((variance?.[i] ?? 0) + EPSILON));
  return {
    kernel: kernel.map((value, i) => value * (scale[i % scale.length] ?? 0)),
    bias: bias.map((value, i) => (value - (mean?.[i] ?? 0)) * (scale[i] ?? 0) + (beta?.[i] ?? 0)),
  };
}

function vgg16(): Network {
  const input = [224, 224, 3] as const;
  const build = new Builder(input);
  let feature = 0;
  for (const [block, oc] of [64, 128, 256, 512, 512].entries()) {
    const convs = block < 2 ? 2 : 3;
    for (let i = 1; i <= convs; i++) feature = build.conv(`block${block + 1}_conv${i}`, { oc, k: 3 });
    build.maxPool(2, 2);
  }
  build.toRow("flatten");
  build.dense("fc1", 4096, true);
  build.dense("fc2", 4096, true);
  build.dense("predictions", 1000, false);
  return { name: "vgg16", input, nodes: build.nodes, feature: { node: feature, layer: "block5_conv3" } };
}

function resnet50(): Network {
  const input = [224, 224, 3] as const;
  const build = new Builder(input);
  const { stem, head, block } = newResnetNames;
  build.conv(stem.conv, { oc: 64, k: 7, stride: 2, norm: stem.bn });
  build.maxPool(3, 2, 1);
  let layer = "";
  for (const [stage, blocks] of resnet50Stages)
    for (let i = 1; i <= blocks; i++) {
      const { conv, bn, out } = block(stage, i);
      const oc = 64 * 2 ** (stage - 2);
      const from = build.last;
      const stride = i === 1 && stage > 2 ? 2 : 1;
      const wide = { oc: 4 * oc, k: 1, relu: false };
      const shortcut = i === 1 ? build.conv(conv[0], { ...wide, stride, norm: bn[0] }) : from;
      build.conv(conv[1], { oc, k: 1, stride, norm: bn[1], from });
      build.conv(conv[2], { oc, k: 3, norm: bn[2] });
      build.add(build.conv(conv[3], { ...wide, norm: bn[3] }), shortcut);
      layer = out;
    }
  const feature = { node: build.last, layer };
  build.toRow("average");
  build.dense(head, 1000, false);
  return { name: "resnet50", input, nodes: build.nodes, feature };
}

/** The network of `mnist(engine, "dense")`. */
function mnist(): Network {
  const input = [28, 28, 1] as const;
  const build = new Builder(input);
  for (const [i, oc] of [32, 64, 64].entries()) {
    build.conv(`conv${i + 1}`, { oc, k: 3 });
    build.maxPool(2, 2);
  }
  build.toRow("flatten");
  build.dense("dense", 128, true);
  build.dense("predictions", 10, false);
  return { name: "mnist", input, nodes: build.nodes, feature: { node: 4, layer: "conv3" } };
}

/** Makes a network's nodes; weights are made when they are asked for, each time anew. */
export const networks = { vgg16, resnet50, mnist } as const;
