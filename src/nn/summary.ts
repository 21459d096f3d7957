import { sizeOf } from "../tensor/shape.ts";
import type { Layer } from "./graph.ts";
import type { LayerShape } from "./layer.ts";
import { shapeIn } from "./layout.ts";

/** How many numbers a model's weights hold, as Keras counts them. */
export interface ParameterCounts {
  readonly total: number;
  readonly trainable: number;
  /** Moving means and variances, and all of a frozen layer. */
  readonly nonTrainable: number;
}

/** One layer of a model's summary. */
export interface SummaryRow {
  readonly name: string;
  /** Keras' class: Conv2D, Dense, ... */
  readonly className: string;
  /** In the model's own order of axes, [n, c, h, w] for channels first; null where the extent is open. */
  readonly outputShape: LayerShape;
  /** Numbers in the layer's weights, trainable or not. */
  readonly params: number;
  /** Names of the layers that it is called on, over all its calls. */
  readonly connectedTo: readonly string[];
}

export function countParams(layers: readonly Layer[]): ParameterCounts {
  const counts = { total: 0, trainable: 0, nonTrainable: 0 };
  for (const { shape, trainable } of layers.flatMap((layer) => layer.weights)) {
    counts.total += sizeOf(shape);
    counts[trainable ? "trainable" : "nonTrainable"] += sizeOf(shape);
  }
  return counts;
}

export function summaryRows(layers: readonly Layer[]): SummaryRow[] {
  return layers.map(({ name, className, outputShape: shape, channelsFirst, weights, inputs }) => ({
    name,
    className,
    outputShape: channelsFirst ? shapeIn("keras", { shape, layout: "channels-first" }) : shape,
    params: weights.reduce((sum, weight) => sum + sizeOf(weight.shape), 0),
    connectedTo: inputs,
  }));
}

interface Summarized {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** What had to be assumed about the file. */
  readonly notes?: readonly string[];
}

/** A table in the manner of Keras: one line per layer, then the totals and what was assumed. The last column is left out
 * of plain chains. */
export function summarize(model: Summarized): string {
  const rows = summaryRows(model.layers);
  const plain = rows.every(({ connectedTo }, i) => i === 0 || String(connectedTo) === rows[i - 1]?.name);
  const cells = [
    ["Layer (type)", "Output Shape", "Param #", "Connected to"],
    ...rows.map((row) => [
      `${row.name} (${row.className})`,
      `(${row.outputShape.map((extent) => extent ?? "None").join(", ")})`,
      thousands(row.params),
      row.connectedTo.join(", "),
    ]),
  ].map((row) => (plain ? row.slice(0, 3) : row));
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    ` ${row.map((cell, i) => (i === 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")}`.trimEnd(),
  );
  const width = Math.max(...lines.map((line) => line.length));
  const [head = "", ...body] = lines;
  const { total, trainable, nonTrainable } = countParams(model.layers);
  return [
    `Model: "${model.name}"`,
    "_".repeat(width),
    head,
    "=".repeat(width),
    ...body,
    "=".repeat(width),
    `Total params: ${thousands(total)} (${sized(total)})`,
    `Trainable params: ${thousands(trainable)} (${sized(trainable)})`,
    `Non-trainable params: ${thousands(nonTrainable)} (${sized(nonTrainable)})`,
    ...(model.notes ?? []).map((note) => `Assumed: ${note}`),
  ].join("\n");
}

function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The bytes of so many float32 values, in units of 1024. */
function sized(params: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let size = 4 * params;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(unit === 0 ? 0 : 2)} ${units[unit]}`;
}
