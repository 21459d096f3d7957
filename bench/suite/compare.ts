// Other libraries at what was asked for, in the same process and the same run.
import type { Engine } from "../../src/index.ts";
import type { BenchHost } from "../host.ts";
import { runOurs } from "../peers/ours.ts";
import { checkPeer, defaultFolder, type PeerRow, type Row, runPeer } from "../peers/peer.ts";
import { checked } from "../peers/table.ts";
import { standardWorkloads } from "../peers/workloads.ts";
import type { PeerComparison } from "./document.ts";
import type { KernelJob } from "./kernel-bench.ts";
import type { SuiteOptions } from "./options.ts";
import { peerCells } from "./tables.ts";

/** Runs of one workload begin within this time. */
const BUDGET_MS = 60_000;

/** Runs the workloads in Backlight and in every peer that is asked for. Where outputs differ, a row says so. */
export async function comparePeers(
  engine: Engine,
  { options, jobs, host }: { options: SuiteOptions; jobs: readonly KernelJob[]; host: BenchHost },
): Promise<PeerComparison[]> {
  if (options.compare.length === 0) return [];
  const workloads = workloadsOf(options, jobs);
  const times = { runs: options.runs, budgetMs: BUDGET_MS, folder: options.peersFolder ?? defaultFolder };
  const ours = await runOurs(engine, workloads, times);
  const rows: PeerComparison[] = [];
  for (const name of options.compare) {
    const theirs = checked(ours, await runPeer(checkPeer(name), workloads, times));
    const compared = comparisonsOf(ours, theirs);
    for (const row of compared) host.print(`  ${peerCells(row).join("  ")}`);
    rows.push(...compared);
  }
  return rows;
}

const parts: Readonly<Record<string, string>> = {
  conv2d: "",
  "conv2d-input-vjp": ":input",
  "conv2d-filter-vjp": ":filter",
};

/** The networks' phases, convolutions and dense layers that are asked for, by the peers' names; the standard ones where
 * nothing is. Peers know no window but a square. */
export function workloadsOf({ models, phases }: SuiteOptions, jobs: readonly KernelJob[]): readonly string[] {
  const networks = models.flatMap((model) =>
    phases.flatMap((phase) => {
      if (model === "mnist") return phase === "train" ? ["mnist.step"] : [];
      return ["forward", "gradcam", "guided"].includes(phase) ? [`${model}.${phase}`] : [];
    }),
  );
  const kernels = jobs.flatMap(({ name, shape: { H, W, C, OC, KH, KW, stride } }) => {
    if (name === "dense") return [`dense:${C}:${OC}`];
    const part = parts[name];
    if (part === undefined || KH !== KW) return [];
    return [`conv:${H}x${W}x${C}:${OC}:${KH}${stride > 1 ? `s${stride}` : ""}${part}`];
  });
  const all = [...new Set([...networks, ...kernels])];
  return all.length > 0 ? all : standardWorkloads;
}

/** Their times beside ours. */
export function comparisonsOf(
  ours: readonly Pick<Row, "workload" | "ms" | "error">[],
  theirs: readonly (Pick<PeerRow, "peer"> & Omit<Row, "peer">)[],
): PeerComparison[] {
  return theirs.map(({ peer, version, backend, workload, ms, error }) => {
    const own = ours.find((row) => row.workload === workload);
    const ourMs = own?.ms ?? Number.NaN;
    const wrong = error ?? (own?.error === undefined ? undefined : `Backlight: ${own.error}`);
    const row = { peer, version, backend, workload, peerMs: ms, ourMs, ratio: ms / ourMs };
    return wrong === undefined ? row : { ...row, error: wrong };
  });
}
