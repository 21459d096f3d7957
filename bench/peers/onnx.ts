// Graphs in ONNX's format. onnxruntime-web has no gradients, so that walks back are written out as graphs too.
import type { Node, PoolNode } from "./network.ts";
import type { BackwardRules } from "./walk.ts";
import { type Conv, outputExtents } from "./workloads.ts";

/** What is used of onnx-proto. */
export interface Onnx {
  readonly ModelProto: { readonly encode: (model: object) => { readonly finish: () => Uint8Array } };
}

/** Of TensorProto and AttributeProto in onnx.proto. */
const FLOAT = 1;
const INT64 = 7;
const attributeTypes = { int: 2, text: 3, ints: 7 } as const;

type Attribute = number | string | readonly number[];

/** A graph of the default operators. Values go by their names. */
export class OnnxGraph {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];

  input(name: string, shape: readonly number[]): string {
    this.#inputs.push(described(name, shape));
    return name;
  }

  /** Names a value "result", as what the graph computes; its shape follows from the inputs'. */
  output(value: string): void {
    this.#nodes.push({ opType: "Identity", input: [value], output: ["result"] });
    this.#outputs.push({ name: "result", type: { tensorType: { elemType: FLOAT } } });
  }

  constant(values: Float32Array, shape: readonly number[]): string {
    const name = `constant${this.#initializers.length}`;
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name, dims: shape, dataType: FLOAT, rawData });
    return name;
  }

  /** A list of whole numbers, as shapes and axes are given. */
  numbers(values: readonly number[]): string {
    const name = `constant${this.#initializers.length}`;
    this.#initializers.push({ name, dims: [values.length], dataType: INT64, int64Data: values });
    return name;
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  op(opType: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = `value${this.#nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.#nodes.push({ opType, input, output: [name], attribute });
    return name;
  }

  bytes(onnx: Onnx): Uint8Array {
    const graph = {
      name: "graph",
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs,
      output: this.#outputs,
    };
    return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 17 }], graph }).finish();
  }
}

function attributeOf(name: string, value: Attribute): object {
  if (typeof value === "number") return { name, type: attributeTypes.int, i: value };
  if (typeof value === "string") return { name, type: attributeTypes.text, s: new TextEncoder().encode(value) };
  return { name, type: attributeTypes.ints, ints: value };
}

function described(name: string, shape: readonly number[]): object {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

type Window = Pick<Conv, "k" | "stride" | "pad">;

function windowOf({ k, stride, pad }: Window) {
  return { kernel_shape: [k, k], strides: [stride, stride], pads: [pad, pad, pad, pad] };
}

/** @param inputs picture, kernel [oc, c, k, k], and perhaps a bias */
export function conv(graph: OnnxGraph, inputs: readonly string[], shape: Window): string {
  return graph.op("Conv", inputs, windowOf(shape));
}

export function convInputGradient(graph: OnnxGraph, [dy, kernel]: readonly [string, string], shape: Conv): string {
  const [oh, ow] = outputExtents(shape);
  const { h, w, k, stride, pad } = shape;
  // rows and columns at the end that no window reached
  const rest = (extent: number, steps: number) => extent - ((steps - 1) * stride + k - 2 * pad);
  return graph.op("ConvTranspose", [dy, kernel], { ...windowOf(shape), output_padding: [rest(h, oh), rest(w, ow)] });
}

/** A convolution of the picture by dy, channels taking the place of the batch. */
export function convFilterGradient(graph: OnnxGraph, [x, dy]: readonly [string, string], shape: Conv): string {
  const [oh, ow] = outputExtents(shape);
  const { h, w, k, stride, pad } = shape;
  const swap = { perm: [1, 0, 2, 3] };
  const window = { kernel_shape: [oh, ow], strides: [1, 1], dilations: [stride, stride], pads: [pad, pad, pad, pad] };
  const found = graph.op("Conv", [graph.op("Transpose", [x], swap), graph.op("Transpose", [dy], swap)], window);
  const whole = h + 2 * pad - (oh - 1) * stride === k && w + 2 * pad - (ow - 1) * stride === k;
  const lists = [
    [0, 0],
    [k, k],
    [2, 3],
  ].map((list) => graph.numbers(list));
  return graph.op("Transpose", [whole ? found : graph.op("Slice", [found, ...lists])], swap);
}

/** A layer's weights in a graph. */
export interface LayerWeights {
  readonly kernel: string;
  readonly bias: string;
}

/** Adds nodes of a network to a graph. */
export function layerOf(graph: OnnxGraph, weights: (node: Node) => LayerWeights) {
  const linear = (node: Node, inputs: readonly string[]): string => {
    switch (node.op) {
      case "conv":
        return conv(graph, [...inputs, weights(node).kernel, weights(node).bias], node);
      case "dense":
        return graph.op("Gemm", [...inputs, weights(node).kernel, weights(node).bias]);
      case "max-pool":
        return graph.op("MaxPool", inputs, windowOf(node));
      case "add":
        return graph.op("Add", inputs);
      case "average":
        return graph.op("Flatten", [graph.op("GlobalAveragePool", inputs)]);
      case "flatten":
        return graph.op("Flatten", inputs);
    }
  };
  return (node: Node, inputs: readonly string[]) => {
    const y = linear(node, inputs);
    return node.relu ? graph.op("Relu", [y]) : y;
  };
}

export function rulesOf(
  graph: OnnxGraph,
  weights: (node: Node) => LayerWeights,
  guided: boolean,
): BackwardRules<string> {
  const zero = graph.scalar(0);
  return {
    gate: (dy, y) => {
      const kept = graph.op("Where", [graph.op("Greater", [y, zero]), dy, zero]);
      return guided ? graph.op("Relu", [kept]) : kept;
    },
    sum: (a, b) => graph.op("Add", [a, b]),
    vjp: (node, x, y, dy) => {
      switch (node.op) {
        case "conv":
          return convInputGradient(graph, [dy, weights(node).kernel], node);
        case "dense":
          return graph.op("Gemm", [dy, weights(node).kernel], { transB: 1 });
        case "max-pool":
          return poolGradient(graph, [x, y, dy], node);
        case "flatten":
          return graph.op("Reshape", [dy, graph.numbers([1, node.c, node.h, node.w])]);
        case "average": {
          const mean = graph.op("Mul", [dy, graph.scalar(1 / (node.h * node.w))]);
          const pixel = graph.op("Reshape", [mean, graph.numbers([1, node.c, 1, 1])]);
          return graph.op("Expand", [pixel, graph.numbers([1, node.c, node.h, node.w])]);
        }
      }
    },
  };
}

/** Windows give their gradient to all elements that have the maximum, those that do not overlap in equal shares. Which of
 * them gets it changes neither a sum over positions, as Grad-CAM takes, nor what passes the ReLU before, where they are
 * zeros. */
function poolGradient(graph: OnnxGraph, values: readonly [string, string, string], node: PoolNode): string {
  return node.k === node.stride && node.pad === 0
    ? separatePoolGradient(graph, values, node.k)
    : overlappingPoolGradient(graph, values, node);
}

/** Repeats each pixel k x k times. */
function enlarged(graph: OnnxGraph, value: string, k: number): string {
  return graph.op("Resize", [value, "", graph.constant(Float32Array.of(1, 1, k, k), [4])], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  });
}

function separatePoolGradient(graph: OnnxGraph, [x, y, dy]: readonly [string, string, string], k: number): string {
  const hit = graph.op("Equal", [enlarged(graph, y, k), x]);
  const [one, zero] = [graph.scalar(1), graph.scalar(0)];
  const share = graph.op("AveragePool", [graph.op("Where", [hit, one, zero])], windowOf({ k, stride: k, pad: 0 }));
  const each = graph.op("Div", [dy, graph.op("Mul", [share, graph.scalar(k * k)])]);
  return graph.op("Where", [hit, enlarged(graph, each, k), zero]);
}

/** Tap by tap: what all windows see there is compared with their maxima, and what they get there is laid out again.
 * @param x at least 0, as the zeros around it must not be the maximum */
function overlappingPoolGradient(
  graph: OnnxGraph,
  [x, y, dy]: readonly [string, string, string],
  node: PoolNode,
): string {
  const { h, w, k, stride, pad } = node;
  const [oh, ow] = outputExtents(node);
  const [rows, columns] = [oh * stride, ow * stride];
  const list = (...values: number[]) => graph.numbers(values);
  const padded = graph.op("Pad", [x, list(0, 0, pad, pad, 0, 0, pad, pad)]);
  const corners = Float32Array.from({ length: rows * columns }, (_, i) =>
    Math.floor(i / columns) % stride === 0 && (i % columns) % stride === 0 ? 1 : 0,
  );
  const [mask, zero] = [graph.constant(corners, [1, 1, rows, columns]), graph.scalar(0)];
  const ofTap = (i: number, j: number) => {
    const ends = list(i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1);
    const seen = graph.op("Slice", [padded, list(i, j), ends, list(2, 3), list(stride, stride)]);
    const given = graph.op("Where", [graph.op("Equal", [seen, y]), dy, zero]);
    const after = [h + 2 * pad - rows - i, w + 2 * pad - columns - j];
    const apart = graph.op("Mul", [enlarged(graph, given, stride), mask]);
    return graph.op("Pad", [apart, list(0, 0, i, j, 0, 0, ...after)]);
  };
  const taps = Array.from({ length: k * k }, (_, tap) => ofTap(Math.floor(tap / k), tap % k));
  const sum = taps.reduce((a, b) => graph.op("Add", [a, b]));
  return graph.op("Slice", [sum, list(pad, pad), list(pad + h, pad + w), list(2, 3)]);
}
