// What a run of the benchmark leaves behind: the JSON file, and all that tables and reports are made of.
import { version as engineVersion } from "../../src/cli/version.ts";

/** Counts up when a field changes its meaning. */
export const DOCUMENT_VERSION = 1;

/** Where and how something was measured. */
export interface Machine {
  readonly lane: string;
  readonly adapter: string;
  readonly vendor: string;
  readonly architecture: string;
  /** A CPU that plays GPU. */
  readonly software: boolean;
  readonly runtime: string;
  readonly engineVersion: string;
  /** ISO 8601 */
  readonly date: string;
  readonly command: string;
}

/** What times come from: the GPU's timestamps, or the host's clock around submissions of at least 10 ms. */
export type ClockName = "timestamps" | "wall";

/** What this adapter reaches at most, measured in the same run. */
export interface Ceilings {
  readonly clock: ClockName;
  readonly fmaGflops: number;
  readonly productGflops: number;
  /** The product that was fastest, and its size. */
  readonly productBy: string;
  readonly copyGBps: number;
}

/** Times of one call. */
export interface Timing {
  readonly medianMs: number;
  readonly minMs: number;
  readonly p90Ms: number;
  readonly samples: number;
  /** Calls to a sample. */
  readonly calls: number;
}

/** Work against time: per cent of what the roofline allows for so many operations to a byte. */
export interface Rates {
  readonly gflops: number;
  readonly gbps: number;
  readonly ceilingPercent: number;
  readonly bound: "product" | "copy";
}

export interface KernelRow extends Timing, Rates {
  readonly kernel: string;
  readonly shape: string;
  readonly batch: number;
  readonly variant: string;
  /** What the engine takes by itself. */
  readonly chosen: boolean;
  /** "kernel/variant" of every dispatch, in order. */
  readonly dispatches: readonly string[];
  readonly correct: boolean;
  /** Largest error against float64, as a share of what rounding explains. */
  readonly error: number;
}

/** GPU time under one label of the tape, in one direction. */
export interface LayerRow extends Rates {
  readonly label: string;
  readonly pass: "forward" | "backward";
  /** "kernel/variant", each once. */
  readonly kernels: readonly string[];
  readonly ms: number;
}

export interface ModelRow extends Timing {
  readonly model: string;
  readonly phase: string;
  readonly batch: number;
  readonly dispatches: number;
  readonly submissions: number;
  /** JavaScript from the first command to the first submission. */
  readonly encodeMs: number;
  readonly peakBytes: number;
  /** Of the weights, which lie in the peak. */
  readonly weightBytes: number;
  /** Empty where the device has no timestamps. */
  readonly layers: readonly LayerRow[];
}

/** Another library's time for a workload beside ours. */
export interface PeerComparison {
  readonly peer: string;
  readonly version: string;
  readonly backend: string;
  readonly workload: string;
  readonly peerMs: number;
  readonly ourMs: number;
  /** How many times as long theirs takes. */
  readonly ratio: number;
  /** What is wrong with their result or ours, if anything: the times then mean nothing. */
  readonly error?: string;
}

export interface BenchDocument {
  readonly version: number;
  readonly machine: Machine;
  readonly ceilings: Ceilings;
  readonly kernels: readonly KernelRow[];
  readonly models: readonly ModelRow[];
  readonly peers: readonly PeerComparison[];
}

/** Files the part of a machine that the adapter, the runtime and the command line tell. */
export function machineOf(
  adapter: { name: string; vendor: string; architecture: string; software: boolean },
  { lane, args, date }: { lane: string; args: readonly string[]; date: Date },
): Machine {
  const { name, vendor, architecture, software } = adapter;
  return {
    lane,
    adapter: name,
    vendor,
    architecture,
    software,
    runtime: runtimeName(),
    engineVersion,
    date: date.toISOString(),
    command: ["bench", ...args].join(" "),
  };
}

function runtimeName(): string {
  const { Deno, process, navigator } = globalThis as {
    Deno?: { version: { deno: string } };
    process?: { versions?: { node?: string } };
    navigator?: { userAgent?: string };
  };
  if (Deno) return `Deno ${Deno.version.deno}`;
  const [, chrome] = /(?:Headless)?Chrome\/([\d.]+)/.exec(navigator?.userAgent ?? "") ?? [];
  if (chrome) return `Chrome ${chrome}`;
  return process?.versions?.node ? `Node ${process.versions.node}` : "unknown runtime";
}

/** The text of a JSON file. */
export function documentText(document: BenchDocument): string {
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/** Reads a document back.
 * @throws Error for text that is no such document, or one of another version */
export function readDocument(text: string, name: string): BenchDocument {
  let parsed: Partial<BenchDocument>;
  try {
    parsed = JSON.parse(text) as Partial<BenchDocument>;
  } catch (cause) {
    throw new Error(`${name} is not JSON (${String(cause)}); a file that --json wrote is wanted`, { cause });
  }
  if (parsed?.version !== DOCUMENT_VERSION)
    throw new Error(
      `${name} has version ${parsed?.version}, this benchmark reads ${DOCUMENT_VERSION}: measure again with --json`,
    );
  if (!Array.isArray(parsed.kernels) || !Array.isArray(parsed.models) || !parsed.machine || !parsed.ceilings)
    throw new Error(`${name} lacks its tables; a file that --json wrote is wanted`);
  return { ...(parsed as BenchDocument), peers: parsed.peers ?? [] };
}
