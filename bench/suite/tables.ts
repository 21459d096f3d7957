// What the benchmark prints.
import { columns } from "../../src/autograd/columns.ts";
import type { BenchDocument, Ceilings, KernelRow, LayerRow, ModelRow, PeerComparison } from "./document.ts";

const mebi = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
/** Three digits for what is small. */
export const inMs = (ms: number) => ms.toFixed(ms < 10 ? 3 : 1);

export function ceilingLines({ clock, fmaGflops, productGflops, productBy, copyGBps }: Ceilings): string {
  return [
    `ceilings: ${fmaGflops.toFixed(1)} GFLOP/s (fma), ${productGflops.toFixed(1)} GFLOP/s (${productBy}), ` +
      `${copyGBps.toFixed(1)} GB/s (copy)`,
    `times are ${clockWords({ clock })}; * is what the engine chooses`,
  ].join("\n");
}

export function clockWords({ clock }: Pick<Ceilings, "clock">): string {
  return clock === "timestamps" ? "the GPU's timestamps" : "the host's clock's";
}

export const kernelHeader = [
  "kernel",
  "shape",
  "batch",
  "variant",
  "median ms",
  "min",
  "p90",
  "GFLOP/s",
  "GB/s",
  "% of ceiling",
];

/** Cells of a row, as in `kernelHeader`. */
export function kernelCells(row: KernelRow): string[] {
  return [
    row.kernel,
    row.shape,
    String(row.batch),
    row.variant + (row.chosen ? " *" : ""),
    ...(row.correct
      ? [
          inMs(row.medianMs),
          inMs(row.minMs),
          inMs(row.p90Ms),
          row.gflops.toFixed(2),
          row.gbps.toFixed(2),
          ofCeiling(row),
        ]
      : [`WRONG: error ${row.error.toPrecision(3)} times what rounding explains`]),
  ];
}

/** "71 product" */
export function ofCeiling({ ceilingPercent, bound }: Pick<KernelRow, "ceilingPercent" | "bound">): string {
  return ceilingPercent > 0 ? `${ceilingPercent.toFixed(0)} ${bound}` : "";
}

export const modelHeader = [
  "model",
  "phase",
  "batch",
  "median ms",
  "min",
  "p90",
  "ms each",
  "dispatches",
  "submissions",
  "encode ms",
  "peak",
  "of weights",
];

export function modelCells(row: ModelRow): string[] {
  return [
    row.model,
    row.phase,
    String(row.batch),
    inMs(row.medianMs),
    inMs(row.minMs),
    inMs(row.p90Ms),
    inMs(row.medianMs / row.batch),
    String(row.dispatches),
    String(row.submissions),
    row.encodeMs.toFixed(2),
    mebi(row.peakBytes),
    mebi(row.weightBytes),
  ];
}

export const layerHeader = ["layer", "pass", "ms", "share", "GFLOP/s", "GB/s", "% of ceiling", "kernels"];

/** @param totalMs of all layers */
export function layerCells(row: LayerRow, totalMs: number): string[] {
  return [
    row.label || "(no layer)",
    row.pass,
    inMs(row.ms),
    `${((100 * row.ms) / totalMs).toFixed(1)} %`,
    row.gflops > 0 ? row.gflops.toFixed(2) : "",
    row.gbps > 0 ? row.gbps.toFixed(2) : "",
    ofCeiling(row),
    row.kernels.join(" "),
  ];
}

export const peerHeader = ["workload", "peer", "backend", "their ms", "our ms", "ratio"];

export function peerCells(row: PeerComparison): string[] {
  const who = [row.workload, `${row.peer} ${row.version}`, row.backend];
  if (row.error !== undefined) return [...who, row.error];
  return [...who, inMs(row.peerMs), inMs(row.ourMs), `${row.ratio.toFixed(2)}x`];
}

const words = new Set([
  "kernel",
  "shape",
  "variant",
  "model",
  "phase",
  "layer",
  "pass",
  "kernels",
  "workload",
  "peer",
  "backend",
]);

/** Whether a column is read from its left: words. */
export function isWords(header: string): boolean {
  return words.has(header);
}

/** A table as text. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns([header, ...rows], new Set(header.filter((name) => !isWords(name))));
}

export function kernelTableText({ kernels }: Pick<BenchDocument, "kernels">): string {
  return textTable(kernelHeader, kernels.map(kernelCells));
}

/** The layers that take most of the time, in the order of the network. */
export function layerTableText({ model, phase, batch, layers }: ModelRow): string {
  const totalMs = totalOf(layers);
  const rows = layers.filter(({ ms }) => ms > totalMs / 200).map((row) => layerCells(row, totalMs));
  const title = `${model} ${phase} x${batch}, ${inMs(totalMs)} ms on the GPU; layers of at least half a per cent:`;
  return `${title}\n${textTable(layerHeader, rows)}`;
}

export function totalOf(layers: readonly LayerRow[]): number {
  return layers.reduce((sum, { ms }) => sum + ms, 0);
}
