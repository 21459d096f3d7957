// The libraries that Backlight is compared with: node bench/peers/install.mjs [DIR] brings them.
import { nearest, UnknownNameError } from "../../src/index.ts";
import { BenchFailure } from "../failure.ts";
import { jaxContestant } from "./jax.ts";
import type { Jax } from "./jax-types.ts";
import { type Contestant, type TimingOptions, timeWorkload } from "./job.ts";
import { type Ort, ortContestant } from "./ort.ts";
import { tfjsContestant } from "./tfjs.ts";
import type { TensorFlow } from "./tfjs-types.ts";
import { parseWorkload, type Workload } from "./workloads.ts";

export type PeerName = "tfjs" | "jax-js" | "ort";
export type Backend = "webgpu" | "wasm";

export const peerNames: readonly PeerName[] = ["tfjs", "jax-js", "ort"];
/** Where install.mjs puts the peers unless told otherwise, from the root of the project. */
export const defaultFolder = "node_modules/.cache/peers";

/** What one library made of one workload. */
export interface Row {
  readonly peer: PeerName | "backlight";
  readonly version: string;
  readonly backend: Backend;
  readonly workload: string;
  /** Least milliseconds of one call; NaN where there is an error. */
  readonly ms: number;
  readonly medianMs: number;
  /** A few numbers of the result. */
  readonly output: readonly number[];
  readonly error?: string;
}

export interface PeerRow extends Row {
  readonly peer: PeerName;
}

export interface PeerOptions extends TimingOptions {
  /** "webgpu" unless given. */
  readonly backend?: Backend;
  /** That install.mjs wrote to. */
  readonly folder: string;
}

/** entry.mjs, from the folder of the peers. */
export interface Peers {
  readonly versions: Readonly<Record<string, string>>;
  readonly load: {
    readonly tfjs: (backend: Backend) => Promise<TensorFlow>;
    readonly "jax-js": () => Promise<Jax>;
    readonly ort: (backend: Backend) => Promise<Ort>;
  };
}

const packages: Readonly<Record<PeerName, string>> = {
  tfjs: "@tensorflow/tfjs",
  "jax-js": "@jax-js/jax",
  ort: "onnxruntime-web",
};

/** @throws UnknownNameError */
export function checkPeer(name: string): PeerName {
  const found = peerNames.find((known) => known === name);
  if (found) return found;
  const guess = nearest(name, peerNames);
  throw new UnknownNameError(
    `no peer "${name}"; ${guess ? `did you mean "${guess}"?` : `there are ${peerNames.join(", ")}.`}`,
  );
}

/** Times workloads in one peer. A workload that it fails at, or cannot express, gives a row with an
 * error, and so do all where it cannot start.
 * @throws UnknownNameError for a workload; BenchFailure where the peers are not installed */
export async function runPeer(name: PeerName, workloads: readonly string[], options: PeerOptions): Promise<PeerRow[]> {
  const parsed = workloads.map(parseWorkload);
  const { backend = "webgpu" } = options;
  const { versions, load } = await loadPeers(options.folder);
  const contestants: Readonly<Record<PeerName, () => Promise<Contestant>>> = {
    tfjs: async () => tfjsContestant(await load.tfjs(backend), backend),
    "jax-js": async () => jaxContestant(await load["jax-js"](), backend),
    ort: async () => ortContestant(await load.ort(backend), backend),
  };
  const contestant = contestants[name]();
  const rows: PeerRow[] = [];
  for (const workload of parsed)
    rows.push({
      ...(await rowOf(contestant, workload, options)),
      peer: name,
      version: versions[packages[name]] ?? "",
      backend,
    });
  return rows;
}

/** The row of one workload, an error included. */
export async function rowOf(
  contestant: Contestant | Promise<Contestant>,
  workload: Workload,
  options: TimingOptions,
): Promise<Pick<Row, "workload" | "ms" | "medianMs" | "output" | "error">> {
  try {
    return { workload: workload.name, ...(await timeWorkload(await contestant, workload, options)) };
  } catch (cause) {
    const error = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ").slice(0, 300);
    return { workload: workload.name, ms: Number.NaN, medianMs: Number.NaN, output: [], error };
  }
}

/** @throws BenchFailure where they are not installed */
export async function loadPeers(folder: string): Promise<Peers> {
  try {
    return (await import(/* @vite-ignore */ addressOf(folder))) as Peers;
  } catch (cause) {
    const command = `node bench/peers/install.mjs${folder === defaultFolder ? "" : ` ${folder}`}`;
    throw new BenchFailure(`The peers cannot be loaded from ${folder}. Install them there: ${command}`, { cause });
  }
}

/** Of the folder's entry, which pages.mjs serves to a page. */
function addressOf(folder: string): string {
  if (!("process" in globalThis)) return new URL("/peers/peers.mjs", self.location.href).href;
  // an import of node: would keep this module from pages
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  return pathToFileURL(`${folder}/peers.mjs`).href;
}
