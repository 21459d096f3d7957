// The networks in jax-js, and the ways through them that become one function under `jit`.
import type { Jax, JaxArray } from "./jax-types.ts";
import { channelsFirstKernel, rowPieces } from "./layout.ts";
import type { ConvNode, DenseNode, Network, Node } from "./network.ts";
import { type BackwardRules, backward, forward } from "./walk.ts";
import type { Conv, Phase } from "./workloads.ts";

/** A layer's kernel, of a dense layer in pieces of whole rows that can be bound, and its bias. */
export type LayerWeights = { readonly kernel: readonly JaxArray[]; readonly bias: JaxArray };
/** By the index of the node. */
export type Parameters = { readonly [node: string]: LayerWeights };

export interface Context {
  readonly jax: Jax;
  /** The most bytes that a shader can bind. A product with a larger matrix would be zeros. */
  readonly bindingBytes: number;
}

export function arrayOf({ numpy }: Jax, values: Float32Array, shape: readonly number[]): JaxArray {
  return numpy.array(values).reshape(shape);
}

export function convolve({ lax }: Jax, x: JaxArray, kernel: JaxArray, { stride, pad }: Pick<Conv, "stride" | "pad">) {
  const sides = [pad, pad];
  return lax.convGeneralDilated(x.ref, kernel.ref, [stride, stride], [sides, sides]);
}

/** The gradient of <dy, f(x)> at x. */
export function vjp({ grad }: Jax, f: (x: JaxArray) => JaxArray, [x, dy]: readonly [JaxArray, JaxArray]): JaxArray {
  return grad((at) => f(at).mul(dy.ref).sum())(x.ref);
}

/** A dense layer's kernel in pieces that can be bound. */
export function denseKernel(
  { jax, bindingBytes }: Context,
  values: Float32Array<ArrayBuffer>,
  extents: readonly [number, number],
) {
  return rowPieces(values, extents, bindingBytes).map((piece) => arrayOf(jax, piece.values.slice(), piece.shape));
}

export function product({ numpy }: Jax, x: JaxArray, pieces: readonly JaxArray[]): JaxArray {
  const most = pieces[0]?.shape[0] ?? 0;
  const rowsOf = (piece: JaxArray, i: number) =>
    pieces.length === 1 ? x.ref : x.ref.slice([], [i * most, i * most + (piece.shape[0] ?? 0)]);
  return pieces.map((piece, i) => numpy.dot(rowsOf(piece, i), piece.ref)).reduce((a, b) => a.add(b));
}

export function loadWeights(context: Context, network: Network): Parameters {
  const loaded = (node: ConvNode | DenseNode): LayerWeights => {
    const kernel = channelsFirstKernel(network, node);
    const { bias } = node.weights();
    if (node.op === "dense")
      return { kernel: denseKernel(context, kernel, [node.c, node.oc]), bias: arrayOf(context.jax, bias, [node.oc]) };
    const { k, c, oc } = node;
    return { kernel: [arrayOf(context.jax, kernel, [oc, c, k, k])], bias: arrayOf(context.jax, bias, [oc, 1, 1]) };
  };
  const withWeights = network.nodes.filter((node) => node.op === "conv" || node.op === "dense");
  return Object.fromEntries(withWeights.map((node) => [String(node.index), loaded(node)]));
}

function weightsOf(parameters: Parameters, { index }: Node): LayerWeights {
  const found = parameters[String(index)];
  if (!found) throw new RangeError(`node ${index} has no weights`);
  return found;
}

/** A node before its ReLU. */
function linear(jax: Jax, parameters: Parameters) {
  return (node: Node, x: JaxArray, other?: JaxArray): JaxArray => {
    switch (node.op) {
      case "conv": {
        const { kernel, bias } = weightsOf(parameters, node);
        return kernel
          .map((piece) => convolve(jax, x, piece, node))
          .reduce((a, b) => a.add(b))
          .add(bias.ref);
      }
      case "dense": {
        const { kernel, bias } = weightsOf(parameters, node);
        return product(jax, x, kernel).add(bias.ref);
      }
      case "max-pool": {
        const sides = [node.pad, node.pad];
        const padded = node.pad > 0 ? jax.numpy.pad(x.ref, [[0, 0], [0, 0], sides, sides]) : x.ref;
        return jax.lax.reduceWindow(padded, jax.numpy.max, [node.k, node.k], [node.stride, node.stride]);
      }
      case "add":
        return x.ref.add((other ?? x).ref);
      case "average":
        return x.ref.mean([2, 3]);
      case "flatten":
        return x.ref.reshape([x.shape[0] ?? 1, node.h * node.w * node.c]);
    }
  };
}

export function layerOf(jax: Jax, parameters: Parameters) {
  const compute = linear(jax, parameters);
  return (node: Node, [x, other]: readonly JaxArray[]): JaxArray => {
    if (!x) throw new RangeError(`node ${node.index} has no input`);
    const y = compute(node, x, other);
    return node.relu ? jax.nn.relu(y) : y;
  };
}

function rulesOf(jax: Jax, parameters: Parameters, guided: boolean): BackwardRules<JaxArray> {
  const { numpy, nn } = jax;
  const compute = linear(jax, parameters);
  return {
    gate: (dy, y) => numpy.where(y.ref.greater(0), guided ? nn.relu(dy.ref) : dy.ref, 0),
    sum: (a, b) => a.ref.add(b.ref),
    vjp: (node, x, _, dy) => {
      if (node.op !== "dense") return vjp(jax, (at) => compute(node, at), [x, dy]);
      // by hand: its gradient of a slice is wrong under jit
      const { kernel } = weightsOf(parameters, node);
      const pieces = kernel.map((piece) => numpy.dot(dy.ref, piece.ref.transpose()));
      return pieces.length === 1 && pieces[0] ? pieces[0] : numpy.concatenate(pieces, 1);
    },
  };
}

export type Explain = (parameters: Parameters, x: JaxArray, seed: JaxArray) => JaxArray;

export function bodiesOf(jax: Jax, { nodes, feature }: Network): Readonly<Record<Phase, Explain>> {
  const walk = (parameters: Parameters, x: JaxArray, { seed, to }: { seed: JaxArray; to: number }) => {
    const values = new Map([[-1, x]]);
    forward(nodes, values, layerOf(jax, parameters));
    return { values, dx: backward(nodes, values, { seed, to, rules: rulesOf(jax, parameters, to < 0) }) };
  };
  return {
    forward: (parameters, x) => jax.nn.softmax(forward(nodes, new Map([[-1, x]]), layerOf(jax, parameters))),
    gradcam: (parameters, x, seed) => {
      const { values, dx } = walk(parameters, x, { seed, to: feature.node });
      const alpha = dx.mean([2, 3]).reshape([1, -1, 1, 1]);
      return (values.get(feature.node) ?? x).ref.mul(alpha).sum(1);
    },
    guided: (parameters, x, seed) => walk(parameters, x, { seed, to: -1 }).dx,
  };
}
