// TensorFlow.js, with its own gradients.
import { convInputs, denseInputs, pictureFor, trainingInputs, type Values } from "./inputs.ts";
import type { Contestant, Job } from "./job.ts";
import { rowPieces } from "./layout.ts";
import { type Network, type Node, networks } from "./network.ts";
import type { Backend } from "./peer.ts";
import type { TensorFlow, TfTensor, Unary } from "./tfjs-types.ts";
import { forward } from "./walk.ts";
import { type Conv, type ConvPart, explainedClass, type Phase } from "./workloads.ts";

type WithWeights = Extract<Node, { op: "conv" | "dense" }>;
/** A dense layer's kernel may be in several pieces, of so many rows each. */
interface LayerWeights {
  readonly kernel: readonly TfTensor[];
  readonly bias: TfTensor;
}

interface Context {
  readonly tf: TensorFlow;
  /** The most bytes that a shader can bind. A product with a larger matrix would be zeros. */
  readonly bindingBytes: number;
  readonly guidedRelu: Unary;
}

/** @throws Error where the backend does not start */
export async function tfjsContestant(tf: TensorFlow, backend: Backend): Promise<Contestant> {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot start its backend "${backend}" here`);
  await tf.ready();
  const bindingBytes = tf.backend().device?.limits.maxStorageBufferBindingSize ?? Number.POSITIVE_INFINITY;
  const guidedRelu = tf.customGrad((x, save) => {
    save([x]);
    const gradFunc = (dy: TfTensor, saved: TfTensor[]) => tf.mul(tf.relu(dy), tf.step(saved[0] ?? dy));
    return { value: tf.relu(x), gradFunc };
  });
  const context = { tf, bindingBytes, guidedRelu };
  return {
    network: (name, phase) => networkJob(context, networks[name](), phase),
    training: () => trainingJob(context),
    conv: (conv, part) => convJob(tf, conv, part),
    dense: (...extents) => denseJob(context, extents),
  };
}

/** A job whose result stays on the device. */
function opJob(tf: TensorFlow, body: () => TfTensor, owned: readonly TfTensor[]): Job {
  let last: TfTensor | undefined;
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        last?.dispose();
        last = tf.tidy(body);
      }
      const one = tf.tidy(() => tf.slice(tf.reshape(last ?? body(), [-1]), [0], [1]));
      await one.data();
      one.dispose();
    },
    output: async () => (await last?.data()) ?? [],
    dispose: () => tf.dispose(last ? [...owned, last] : owned),
  };
}

function convJob(tf: TensorFlow, conv: Conv, part: ConvPart): Job {
  const inputs = convInputs(conv);
  const x = tensor(tf, inputs.x);
  const filter = tensor(tf, inputs.filter);
  const dy = tensor(tf, inputs.dy);
  const { stride, pad } = conv;
  const extents = { inputShape: x.shape, filterShape: filter.shape };
  const attributes = { strides: stride, pad, dataFormat: "NHWC", dimRoundingMode: "floor", ...extents };
  const bodies: Readonly<Record<ConvPart, () => TfTensor>> = {
    forward: () => tf.conv2d(x, filter, stride, pad, "NHWC", 1, "floor"),
    input: () => tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, attributes),
    filter: () => tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, attributes),
  };
  return opJob(tf, bodies[part], [x, filter, dy]);
}

function denseJob(context: Context, extents: readonly [number, number]): Job {
  const { tf } = context;
  const inputs = denseInputs(...extents);
  const x = tensor(tf, inputs.x);
  const pieces = rowPieces(inputs.filter.values, extents, context.bindingBytes);
  const kernel = pieces.map((piece) => tensor(tf, piece));
  return opJob(tf, () => product(tf, x, kernel), [x, ...kernel]);
}

function tensor(tf: TensorFlow, { values, shape }: Values): TfTensor {
  return tf.tensor(values, shape);
}

function product(tf: TensorFlow, x: TfTensor, [first, ...rest]: readonly TfTensor[]): TfTensor {
  if (!first) throw new RangeError("a dense layer needs a kernel");
  if (rest.length === 0) return tf.matMul(x, first);
  const [rows = 0, most = 0] = [x.shape[0], first.shape[0]];
  const piece = (kernel: TfTensor, i: number) =>
    tf.matMul(tf.slice(x, [0, i * most], [rows, kernel.shape[0] ?? 0]), kernel);
  return rest.reduce((sum, kernel, i) => tf.add(sum, piece(kernel, i + 1)), piece(first, 0));
}

function loadWeights(context: Context, { nodes }: Network): Map<number, LayerWeights> {
  const { tf, bindingBytes } = context;
  const loaded = (node: WithWeights): LayerWeights => {
    const { kernel, bias } = node.weights();
    const tensors =
      node.op === "conv"
        ? [tf.tensor(kernel, [node.k, node.k, node.c, node.oc])]
        : rowPieces(kernel, [node.c, node.oc], bindingBytes).map((piece) => tensor(tf, piece));
    return { kernel: tensors, bias: tf.tensor(bias, [node.oc]) };
  };
  return new Map(nodes.flatMap((node) => ("weights" in node ? [[node.index, loaded(node)]] : [])));
}

/** Computes a node. `relu` takes the place of the library's own, which it can fuse with a convolution. */
function layerOf(tf: TensorFlow, weights: ReadonlyMap<number, LayerWeights>, relu?: Unary) {
  const activated = (node: Node, y: TfTensor) => (node.relu ? (relu ?? tf.relu)(y) : y);
  return (node: Node, inputs: readonly TfTensor[]): TfTensor => {
    const [x, other] = inputs;
    const { kernel: [filter] = [], kernel = [], bias } = weights.get(node.index) ?? {};
    if (!x) throw new RangeError(`node ${node.index} has no input`);
    switch (node.op) {
      case "conv": {
        if (!filter || !bias) throw new RangeError(`node ${node.index} has no weights`);
        const { stride: strides, pad } = node;
        const activation = node.relu ? "relu" : "linear";
        if (!relu) return tf.fused.conv2d({ x, filter, strides, pad, bias, activation, dimRoundingMode: "floor" });
        return activated(node, tf.add(tf.conv2d(x, filter, strides, pad, "NHWC", 1, "floor"), bias));
      }
      case "max-pool": {
        const sides = [node.pad, node.pad];
        const padded = node.pad > 0 ? tf.pad(x, [[0, 0], sides, sides, [0, 0]]) : x;
        return tf.maxPool(padded, node.k, node.stride, "valid");
      }
      case "add":
        return activated(node, tf.add(x, other ?? x));
      case "average":
        return tf.mean(x, [1, 2]);
      case "flatten":
        return tf.reshape(x, [x.shape[0] ?? 1, -1]);
      case "dense":
        return activated(node, tf.add(product(tf, x, kernel), bias ?? x));
    }
  };
}

function networkJob(context: Context, network: Network, phase: Phase): Job {
  const { tf, guidedRelu } = context;
  const { nodes, feature } = network;
  const weights = loadWeights(context, network);
  const picture = pictureFor(network);
  const plain = layerOf(tf, weights);
  const logit = (y: TfTensor) => tf.sum(tf.slice(y, [0, explainedClass], [1, 1]));
  const run = (some: readonly Node[], x: TfTensor, layer = plain) =>
    forward(some, new Map([[(some[0]?.index ?? 0) - 1, x]]), layer);
  const bodies: Readonly<Record<Phase, Unary>> = {
    forward: (x) => tf.softmax(run(nodes, x)),
    gradcam: (x) => {
      const maps = run(nodes.slice(0, feature.node + 1), x);
      const gradient = tf.grad((y) => logit(run(nodes.slice(feature.node + 1), y)))(maps);
      const alpha = tf.reshape(tf.mean(gradient, [1, 2]), [1, 1, 1, -1]);
      return tf.sum(tf.mul(maps, alpha), -1);
    },
    guided: tf.grad((x) => logit(run(nodes, x, layerOf(tf, weights, guidedRelu)))),
  };
  let output: Float32Array = new Float32Array(0);
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        const result = tf.tidy(() => bodies[phase](tensor(tf, picture)));
        output = await result.data();
        result.dispose();
      }
    },
    output: async () => output,
    dispose: () => tf.dispose([...weights.values()].flatMap(({ kernel, bias }) => [...kernel, bias])),
  };
}

function trainingJob(context: Context): Job {
  const { tf } = context;
  const network = networks.mnist();
  const variable = (initial: TfTensor) => {
    const made = tf.variable(initial);
    initial.dispose();
    return made;
  };
  const weights = new Map(
    [...loadWeights(context, network)].map(([index, { kernel, bias }]) => [
      index,
      { kernel: kernel.map(variable), bias: variable(bias) },
    ]),
  );
  const variables = [...weights.values()].flatMap(({ kernel, bias }) => [...kernel, bias]);
  const inputs = trainingInputs();
  const optimizer = tf.train.adam(0.001);
  const layer = layerOf(tf, weights, tf.relu);
  const losses: number[] = [];
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        const x = tensor(tf, inputs.x);
        const y = tensor(tf, inputs.oneHot);
        const loss = () => tf.losses.softmaxCrossEntropy(y, forward(network.nodes, new Map([[-1, x]]), layer));
        const result = optimizer.minimize(loss, true, variables);
        losses.push((await result.data())[0] ?? Number.NaN);
        tf.dispose([x, y, result]);
      }
    },
    output: async () => losses,
    dispose: () => {
      tf.dispose(variables);
      optimizer.dispose();
    },
  };
}
