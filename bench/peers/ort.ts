// onnxruntime-web, channels first.
import { convInputs, denseInputs, pictureFor, type Values } from "./inputs.ts";
import type { Contestant, Job } from "./job.ts";
import { channelsFirst, channelsFirstKernel, channelsLast, kernelChannelsFirst, kernelChannelsLast } from "./layout.ts";
import { type Network, type Node, networks } from "./network.ts";
import {
  conv as addConv,
  convFilterGradient,
  convInputGradient,
  type LayerWeights,
  layerOf,
  type Onnx,
  OnnxGraph,
  rulesOf,
} from "./onnx.ts";
import type { Backend } from "./peer.ts";
import { backward, forward } from "./walk.ts";
import { type Conv, type ConvPart, explainedClass, outputExtents, type Phase } from "./workloads.ts";

interface OrtTensor {
  readonly getData: () => Promise<Float32Array>;
  readonly dispose: () => void;
  readonly gpuBuffer: GPUBuffer;
}

interface OrtSession {
  readonly run: (feeds: Readonly<Record<string, OrtTensor>>) => Promise<Readonly<Record<string, OrtTensor>>>;
  readonly release: () => Promise<void>;
}

/** What is used of the library, and of onnx-proto beside it. */
export interface Ort {
  readonly InferenceSession: { readonly create: (model: Uint8Array, options: object) => Promise<OrtSession> };
  readonly Tensor: {
    new (type: "float32", values: Float32Array, shape: readonly number[]): OrtTensor;
    readonly fromGpuBuffer: (buffer: GPUBuffer, options: object) => OrtTensor;
  };
  readonly env: { readonly webgpu: { readonly device: GPUDevice | Promise<GPUDevice> } };
  readonly onnx: Onnx;
}

interface Context {
  readonly ort: Ort;
  readonly backend: Backend;
}

export async function ortContestant(ort: Ort, backend: Backend): Promise<Contestant> {
  const context = { ort, backend };
  // The device goes with the last session: this one stays.
  const graph = new OnnxGraph();
  graph.output(graph.op("Relu", [graph.input("x", [1])]));
  await sessionOf(context, graph);
  return {
    network: (name, phase) => networkJob(context, networks[name](), phase),
    training: () => {
      throw new Error("onnxruntime-web does not train");
    },
    conv: (shape, part) => convJob(context, shape, part),
    dense: (...extents) => denseJob(context, ...extents),
  };
}

function denseJob(context: Context, inputs: number, outputs: number): Promise<Job> {
  const { x, filter } = denseInputs(inputs, outputs);
  const graph = new OnnxGraph();
  const kernel = graph.constant(filter.values, filter.shape);
  graph.output(graph.op("Gemm", [graph.input("x", x.shape), kernel]));
  return opJob(context, { graph, feeds: { x } });
}

function sessionOf({ ort, backend }: Context, graph: OnnxGraph, stays = false): Promise<OrtSession> {
  return ort.InferenceSession.create(graph.bytes(ort.onnx), {
    executionProviders: [backend],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(stays && backend === "webgpu" ? { preferredOutputLocation: "gpu-buffer" } : {}),
  });
}

interface OpQuestion {
  readonly graph: OnnxGraph;
  readonly feeds: Readonly<Record<string, Values>>;
  /** Brings the result to the common order. */
  readonly order?: (values: Float32Array) => Float32Array;
}

/** A job whose inputs and result stay on the device, where it is a GPU. */
async function opJob(context: Context, { graph, feeds, order = (values) => values }: OpQuestion): Promise<Job> {
  const session = await sessionOf(context, graph, true);
  const device = context.backend === "webgpu" ? await context.ort.env.webgpu.device : undefined;
  const held = Object.entries(feeds).map(([name, one]) => [name, placed(context.ort, device, one)] as const);
  let last: OrtTensor | undefined;
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        last?.dispose();
        last = (await session.run(Object.fromEntries(held))).result;
      }
      if (device && last) await waitFor(device, last.gpuBuffer);
    },
    output: async () => (last ? order(await last.getData()) : []),
    dispose: async () => {
      last?.dispose();
      for (const [, tensor] of held) if (device) tensor.gpuBuffer.destroy();
      await session.release();
    },
  };
}

function placed({ Tensor }: Ort, device: GPUDevice | undefined, { values, shape }: Values): OrtTensor {
  if (!device) return new Tensor("float32", values, shape);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: values.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, values);
  return Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: shape });
}

/** Waits until the device has computed what a buffer holds. */
async function waitFor(device: GPUDevice, buffer: GPUBuffer): Promise<void> {
  const copy = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, 4);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  copy.destroy();
}

function convJob(context: Context, conv: Conv, part: ConvPart): Promise<Job> {
  const { h, w, c, oc, k } = conv;
  const [oh, ow] = outputExtents(conv);
  const inputs = convInputs(conv);
  const x = { values: channelsFirst(inputs.x.values, conv), shape: [1, c, h, w] };
  const dy = { values: channelsFirst(inputs.dy.values, { h: oh, w: ow, c: oc }), shape: [1, oc, oh, ow] };
  const graph = new OnnxGraph();
  const kernel = () => graph.constant(kernelChannelsFirst(inputs.filter.values, conv), [oc, c, k, k]);
  switch (part) {
    case "forward":
      graph.output(addConv(graph, [graph.input("x", x.shape), kernel()], conv));
      return opJob(context, { graph, feeds: { x }, order: (values) => channelsLast(values, { h: oh, w: ow, c: oc }) });
    case "input":
      graph.output(convInputGradient(graph, [graph.input("dy", dy.shape), kernel()], conv));
      return opJob(context, { graph, feeds: { dy }, order: (values) => channelsLast(values, conv) });
    case "filter": {
      const names = [graph.input("x", x.shape), graph.input("dy", dy.shape)] as const;
      graph.output(convFilterGradient(graph, names, conv));
      return opJob(context, { graph, feeds: { x, dy }, order: (values) => kernelChannelsLast(values, conv) });
    }
  }
}

async function networkJob(context: Context, network: Network, phase: Phase): Promise<Job> {
  const [h, w, c] = network.input;
  const session = await sessionOf(context, networkGraph(network, phase));
  const picture = channelsFirst(pictureFor(network).values, { h, w, c });
  let output = new Float32Array(0);
  return {
    run: async (calls) => {
      for (let i = 0; i < calls; i++) {
        const { result } = await session.run({ x: new context.ort.Tensor("float32", picture, [1, c, h, w]) });
        if (result) output = Float32Array.from(await result.getData());
      }
    },
    output: async () => (phase === "guided" ? channelsLast(output, { h, w, c }) : output),
    dispose: () => session.release(),
  };
}

function networkGraph(network: Network, phase: Phase): OnnxGraph {
  const { nodes, feature } = network;
  const [h, w, c] = network.input;
  const graph = new OnnxGraph();
  const weights = weightsIn(graph, network);
  const values = new Map([[-1, graph.input("x", [1, c, h, w])]]);
  const logits = forward(nodes, values, layerOf(graph, weights));
  if (phase === "forward") {
    graph.output(graph.op("Softmax", [logits]));
    return graph;
  }
  const oneHot = Float32Array.from({ length: 1000 }, (_, i) => (i === explainedClass ? 1 : 0));
  const seed = graph.constant(oneHot, [1, 1000]);
  const guided = phase === "guided";
  const to = guided ? -1 : feature.node;
  const gradient = backward(nodes, values, { seed, to, rules: rulesOf(graph, weights, guided) });
  if (guided) {
    graph.output(gradient);
    return graph;
  }
  const product = graph.op("Mul", [values.get(to) ?? "", graph.op("GlobalAveragePool", [gradient])]);
  graph.output(graph.op("ReduceSum", [product, graph.numbers([1])], { keepdims: 0 }));
  return graph;
}

/** Adds each layer's weights once. */
function weightsIn(graph: OnnxGraph, network: Network): (node: Node) => LayerWeights {
  const known = new Map<number, LayerWeights>();
  const added = (node: Node): LayerWeights => {
    if (node.op !== "conv" && node.op !== "dense") throw new RangeError(`node ${node.index} has no weights`);
    const shape = node.op === "conv" ? [node.oc, node.c, node.k, node.k] : [node.c, node.oc];
    return {
      kernel: graph.constant(channelsFirstKernel(network, node), shape),
      bias: graph.constant(node.weights().bias, [node.oc]),
    };
  };
  return (node) => {
    const found = known.get(node.index) ?? added(node);
    known.set(node.index, found);
    return found;
  };
}
