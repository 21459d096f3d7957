// A small document of made-up numbers.
import { type BenchDocument, DOCUMENT_VERSION, type KernelRow, type ModelRow } from "../../bench/suite/document.ts";

const timing = { medianMs: 2, minMs: 1.8, p90Ms: 2.5, samples: 5, calls: 3 };
const rates = { gflops: 20, gbps: 2, ceilingPercent: 66.7, bound: "product" as const };

export function kernelRow(changes: Partial<KernelRow> = {}): KernelRow {
  const what = { kernel: "conv2d", shape: "8x8x4:8:3x3s1", batch: 1, variant: "wide", chosen: true };
  return { ...what, dispatches: ["conv2d/wide"], correct: true, error: 0.1, ...timing, ...rates, ...changes };
}

export function modelRow(changes: Partial<ModelRow> = {}): ModelRow {
  const counts = { dispatches: 12, submissions: 1, encodeMs: 0.7, peakBytes: 3 * 2 ** 20, weightBytes: 2 ** 20 };
  const layers = [
    { label: "block1<conv>", pass: "forward" as const, kernels: ["conv2d/wide"], ms: 1.5, ...rates },
    { label: "", pass: "backward" as const, kernels: ["sum/naive"], ms: 0.5, ...rates, gflops: 0, ceilingPercent: 0 },
  ];
  return { model: "mnist", phase: "gradcam", batch: 2, ...timing, ...counts, layers, ...changes };
}

export function benchDocument(changes: Partial<BenchDocument> = {}): BenchDocument {
  return {
    version: DOCUMENT_VERSION,
    machine: {
      lane: "own",
      adapter: "An <adapter> & more",
      vendor: "",
      architecture: "",
      software: true,
      runtime: "Deno 2.9.5",
      engineVersion: "0.1.0",
      date: "2026-01-02T03:04:05.000Z",
      command: "bench --kernel conv2d",
    },
    ceilings: { clock: "wall", fmaGflops: 40, productGflops: 30, productBy: "a product", copyGBps: 10 },
    kernels: [kernelRow(), kernelRow({ variant: "naive", chosen: false, medianMs: 40, minMs: 39 })],
    models: [modelRow()],
    peers: [],
    ...changes,
  };
}
