// One workload in one library, ready to run, and how it is timed.
import type { Conv, ConvPart, NetworkName, Phase, Workload } from "./workloads.ts";

/** A workload with its weights and inputs in place. */
export interface Job {
  /** Computes it so many times and resolves when the last is done. Explanations, predictions and training steps bring their
   * input to the device and read their result each time. */
  readonly run: (calls: number) => Promise<void>;
  /** What the last run computed, channels last; of a training step, the losses of all steps so far. */
  readonly output: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void | Promise<void>;
}

type Prepared = Promise<Job> | Job;

/** One of the libraries: how it prepares a workload of each kind. What it throws is that workload's error. */
export interface Contestant {
  readonly network: (name: NetworkName, phase: Phase) => Prepared;
  readonly training: () => Prepared;
  readonly conv: (conv: Conv, part: ConvPart) => Prepared;
  /** A dense layer of one row. */
  readonly dense: (inputs: number, outputs: number) => Prepared;
}

function prepare(contestant: Contestant, workload: Workload): Prepared {
  switch (workload.kind) {
    case "network":
      return contestant.network(workload.network, workload.phase);
    case "training":
      return contestant.training();
    case "conv":
      return contestant.conv(workload.conv, workload.part);
    case "dense":
      return contestant.dense(workload.inputs, workload.outputs);
  }
}

export interface Timing {
  /** Milliseconds of one call: the least, and the middle one. */
  readonly ms: number;
  readonly medianMs: number;
  readonly output: readonly number[];
}

/** How long and how often a workload is run. */
export interface TimingOptions {
  /** Timed runs, where the budget allows them. */
  readonly runs: number;
  /** After so many milliseconds no further run is begun. */
  readonly budgetMs: number;
}

/** Deno looks every 11 ms whether the GPU is done: small work is repeated until that matters little. */
const LEAST_MS = 100;
const MAX_CALLS = 64;
/** Elements of a result that are compared. */
const SAMPLES = 24;
/** Steps whose losses are compared: the first shows the forward pass, the others the gradients and the optimiser. */
const LOSSES = 2;

/** Times one workload. The first call, which compiles, does not count. */
export async function timeWorkload(
  contestant: Contestant,
  workload: Workload,
  { runs, budgetMs }: TimingOptions,
): Promise<Timing> {
  const job = await prepare(contestant, workload);
  try {
    await job.run(1);
    const start = performance.now();
    const once = await timed(job, 1);
    const calls = Math.max(1, Math.min(MAX_CALLS, Math.ceil(LEAST_MS / once)));
    const times = calls === 1 ? [once] : [];
    while (times.length === 0 || (times.length < runs && performance.now() - start < budgetMs))
      times.push((await timed(job, calls)) / calls);
    const output = await job.output();
    times.sort((a, b) => a - b);
    return {
      ms: times[0] ?? Number.NaN,
      medianMs: times[Math.floor(times.length / 2)] ?? Number.NaN,
      output: workload.kind === "training" ? Array.from(output).slice(0, LOSSES) : fingerprint(output),
    };
  } finally {
    await job.dispose();
  }
}

async function timed(job: Job, calls: number): Promise<number> {
  const start = performance.now();
  await job.run(calls);
  return performance.now() - start;
}

/** Some elements of a result, the mean size of all, and the largest size. */
export function fingerprint(values: ArrayLike<number>): number[] {
  const sizes = Array.from(values, Math.abs);
  const largest = sizes.reduce((a, b) => (a > b ? a : b), 0);
  const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length;
  const length = Math.min(SAMPLES, values.length);
  const samples = Array.from({ length }, (_, i) => Number(values[Math.floor((i * values.length) / length)]));
  return [...samples, mean, largest];
}
