import { columns } from "../autograd/columns.ts";
import { statisticsOf } from "../autograd/ops/statistics.ts";
import { type Shape, showShape, sizeOf } from "../tensor/shape.ts";
import type { TypedData } from "../tensor/tensor.ts";
import type { Provenance } from "./types.ts";

/** How some values spread. */
interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Shares of the values above 0, below 0, and 0; together 1. */
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;
}

/** The cotangent of one node's output: dy/d(output), as a walk from the target comes by it. */
export interface FlowNode extends Spread {
  /** Place on the tape; left out for the model's input, which no operation computed. */
  readonly node?: number;
  readonly label: string;
  readonly op: string;
  /** Of one picture. */
  readonly shape: Shape;
  /** Length, sqrt(sum of squares); summed in float32, where values below 1e-19 add nothing. */
  readonly norm: number;
  /** True where a backward rule takes the place of the operation's own gradient. */
  readonly ruled: boolean;
  /** Time of the step back through this node, of all pictures; left out where the device has no timestamps (left). */
  readonly elapsedMs?: number;
}

/** Grad-CAM's weights at the layer: the mean of the cotangent over positions, for each channel. */
export interface AlphaFacts extends Spread {
  readonly channels: number;
  /** The five of the largest magnitude, largest first. */
  readonly largest: readonly { readonly channel: number; readonly value: number }[];
}

/** How a gradient flowed from a target back to a layer: plain data, which JSON holds as it is. */
export class Flow {
  readonly provenance: Provenance;
  /** From the target on. */
  readonly nodes: readonly FlowNode[];
  /** Where the layer has height and width. */
  readonly alpha?: AlphaFacts;
  /** "gpu": `elapsedMs` are the GPU's own, without the statistics; "clock": only the walk as a whole was timed, from
   * its first command to the read-back, statistics included. */
  readonly timing: "gpu" | "clock";
  /** Of the walk. */
  readonly elapsedMs: number;
  /** What a reader must know: that a rule found nothing to replace, say. */
  readonly notes: readonly string[];

  constructor(facts: Omit<Flow, "table">) {
    this.provenance = facts.provenance;
    this.nodes = facts.nodes;
    if (facts.alpha) this.alpha = facts.alpha;
    this.timing = facts.timing;
    this.elapsedMs = facts.elapsedMs;
    this.notes = facts.notes;
  }

  /** A line for every node, and what holds of the whole below. Operations under a backward rule are marked with *. */
  table(): string {
    const timed = this.nodes.some(({ elapsedMs }) => elapsedMs !== undefined);
    const header = ["node", "label", "op", "shape", "norm", "mean", "min", "max", "> 0", "< 0", "= 0"];
    const rows = this.nodes.map((one) => [
      one.node === undefined ? "" : String(one.node),
      one.label,
      `${one.op}${one.ruled ? " *" : ""}`,
      showShape(one.shape),
      ...[one.norm, one.mean, one.min, one.max].map(short),
      ...[one.positive, one.negative, one.zero].map(percent),
      ...(timed ? [one.elapsedMs === undefined ? "" : one.elapsedMs.toFixed(3)] : []),
    ]);
    const numbers = header.filter((title) => !["label", "op", "shape"].includes(title));
    const table = columns([[...header, ...(timed ? ["ms"] : [])], ...rows], new Set([...numbers, "ms"]));
    return [table, "", ...this.#lines()].join("\n");
  }

  #lines(): string[] {
    const { target, layer, rule } = this.provenance;
    const where = this.timing === "gpu" ? "on the GPU" : "by the clock, with the statistics";
    return [
      `from the ${target} back to ${layer}, rule ${rule}: ${this.nodes.length} cotangents, ${this.elapsedMs.toFixed(1)} ms ${where}`,
      ...(this.alpha ? [alphaLine(this.alpha)] : []),
      ...(this.nodes.some(({ ruled }) => ruled) ? [`* the ${rule} rule in place of the operation's gradient`] : []),
      ...this.notes,
    ];
  }
}

function alphaLine({ channels, min, max, mean, positive, negative, largest }: AlphaFacts): string {
  const best = largest.map(({ channel, value }) => `${channel} (${short(value)})`).join(", ");
  return (
    `alpha, the mean over positions: ${channels} channels, ${percent(positive)} positive, ${percent(negative)} ` +
    `negative, ${short(min)} to ${short(max)}, mean ${short(mean)}; largest: ${best}`
  );
}

/** The facts of one picture among several, from what was read of `rowStatistics`. */
export function flowNode(
  data: TypedData | undefined,
  { shape, picture, pictures }: { shape: Shape; picture: number; pictures: number },
): Omit<FlowNode, "node" | "label" | "op" | "ruled" | "elapsedMs"> {
  // what has no row for each picture is the same for all
  const parts = (shape[0] ?? 1) % pictures === 0 ? pictures : 1;
  const part = parts === 1 ? 0 : picture;
  const values = data ?? new Float32Array(0);
  const length = values.length / parts;
  const count = sizeOf(shape) / parts;
  const { sum, sumOfSquares, min, max, positive, negative } = statisticsOf(
    values.subarray(part * length, (part + 1) * length),
    count,
  );
  return {
    shape: shape.length === 0 ? shape : [(shape[0] ?? 1) / parts, ...shape.slice(1)],
    norm: Math.sqrt(sumOfSquares),
    mean: sum / count,
    min,
    max,
    ...shares({ positive, negative, count }),
  };
}

/** @param alpha [pictures, channels] */
export function alphaFacts(alpha: TypedData, { picture, pictures }: { picture: number; pictures: number }): AlphaFacts {
  const channels = alpha.length / pictures;
  const values = Array.from(alpha.subarray(picture * channels, (picture + 1) * channels));
  const largest = values
    .map((value, channel) => ({ channel, value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.channel - b.channel)
    .slice(0, 5);
  const count = (test: (value: number) => boolean) => values.filter(test).length;
  return {
    channels,
    mean: values.reduce((sum, value) => sum + value, 0) / channels,
    min: Math.min(...values),
    max: Math.max(...values),
    ...shares({ positive: count((v) => v > 0), negative: count((v) => v < 0), count: channels }),
    largest,
  };
}

function shares({ positive, negative, count }: { positive: number; negative: number; count: number }) {
  return { positive: positive / count, negative: negative / count, zero: (count - positive - negative) / count };
}

function short(value: number): string {
  return value === 0 ? "0" : value.toExponential(2);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
