// Backlight and TensorFlow.js keep channels last, jax-js and ONNX first.
import type { Values } from "./inputs.ts";
import type { Network, Node } from "./network.ts";
import type { Conv } from "./workloads.ts";

/** [rows, columns] to [columns, rows], as the axes of each of `count` matrices in a row. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const size = rows * columns;
  for (let start = 0; start < values.length; start += size)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) out[start + j * rows + i] = values[start + i * columns + j] ?? 0;
  return out;
}

/** [n, h, w, c] to [n, c, h, w]. */
export function channelsFirst(values: Float32Array, { h, w, c }: Pick<Conv, "h" | "w" | "c">) {
  return transposed(values, h * w, c);
}

/** [n, c, h, w] to [n, h, w, c]. */
export function channelsLast(values: Float32Array, { h, w, c }: Pick<Conv, "h" | "w" | "c">) {
  return transposed(values, c, h * w);
}

/** A kernel [k, k, c, oc] to [oc, c, k, k]. */
export function kernelChannelsFirst(values: Float32Array, { k, c, oc }: Pick<Conv, "k" | "c" | "oc">) {
  return transposed(transposed(values, k * k * c, oc), k * k, c);
}

/** A kernel [oc, c, k, k] to [k, k, c, oc]. */
export function kernelChannelsLast(values: Float32Array, { k, c, oc }: Pick<Conv, "k" | "c" | "oc">) {
  return transposed(transposed(values, c, k * k), oc, k * k * c);
}

/** A layer's kernel as a network wants it whose pictures have channels first; a dense layer's rows follow the order in
 * which its input was flattened. */
export function channelsFirstKernel({ nodes }: Network, node: Extract<Node, { op: "conv" | "dense" }>) {
  const { kernel } = node.weights();
  if (node.op === "conv") return kernelChannelsFirst(kernel, node);
  const before = nodes[node.inputs[0] ?? -1];
  if (before?.op !== "flatten") return kernel;
  const { h, w, c } = before;
  const out = new Float32Array(kernel.length);
  for (let pixel = 0; pixel < h * w; pixel++)
    for (let channel = 0; channel < c; channel++) {
      const from = (pixel * c + channel) * node.oc;
      out.set(kernel.subarray(from, from + node.oc), (channel * h * w + pixel) * node.oc);
    }
  return out;
}

/** A matrix [rows, columns] in as few pieces of whole rows as can be bound; they share its memory. */
export function rowPieces(
  values: Float32Array<ArrayBuffer>,
  [rows, columns]: readonly [number, number],
  bindingBytes: number,
): Values[] {
  const most = Math.min(rows, Math.floor(bindingBytes / (4 * columns)));
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
    const count = Math.min(most, rows - i * most);
    return { values: values.subarray(i * most * columns, (i * most + count) * columns), shape: [count, columns] };
  });
}
