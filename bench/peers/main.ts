// TensorFlow.js, jax-js and onnxruntime-web on the same weights, in the same process:
//   node bench/run.mjs LANE bench/peers/main.ts [WORKLOAD...] [--only PART] [--peers DIR] [--compare NAMES] [--wasm]
//     [--runs R] [--seconds S]
// A workload is `resnet50.guided`, `mnist.step`, `conv:56x56x256:256:3s1:filter`, `dense:25088:4096`; without any, the
// standard ones of whose names PART is a part. Times are the least of R (3) runs, begun within S (60) seconds. --wasm: the
// peers run on the processor. The peers are installed by node bench/peers/install.mjs [DIR].
import { Engine } from "../../src/index.ts";
import { numberAfter } from "../arguments.ts";
import { BenchFailure } from "../failure.ts";
import type { Bench } from "../host.ts";
import { runOurs } from "./ours.ts";
import { type Backend, checkPeer, defaultFolder, loadPeers, peerNames, type Row, runPeer } from "./peer.ts";
import { checked, comparison } from "./table.ts";
import { standardWorkloads } from "./workloads.ts";

const switches = ["--wasm"];
const withValue = ["--only", "--peers", "--compare", "--runs", "--seconds"];

export const bench: Bench = async (args, host) => {
  const { words, values } = readArguments(args);
  const only = values.get("--only") ?? "";
  const workloads = words.length > 0 ? words : standardWorkloads.filter((name) => name.includes(only));
  if (workloads.length === 0)
    throw new BenchFailure(`No workload has "${only}" in its name: ${standardWorkloads.join(", ")}.`);
  const peers = values.get("--compare")?.split(",").map(checkPeer) ?? peerNames;
  const times = { runs: numberAfter(args, "--runs") ?? 3, budgetMs: 1000 * (numberAfter(args, "--seconds") ?? 60) };
  const options = { ...times, folder: values.get("--peers") ?? defaultFolder, backend: backendOf(args) };
  await loadPeers(options.folder); // first of all: their absence is to be known before anything is measured
  using engine = await Engine.create();
  host.print(`${host.lane}: ${engine.adapter.name}; peers on ${options.backend}; least of ${times.runs} runs`);
  const ours = await runOurs(engine, workloads, times);
  for (const row of ours) host.print(lineOf(row));
  const rows: Row[] = [...ours];
  for (const peer of peers) {
    const found = checked(ours, await runPeer(peer, workloads, options));
    for (const row of found) host.print(lineOf(row));
    rows.push(...found);
  }
  for (const line of ["", ...comparison(rows)]) host.print(line);
};

function backendOf(args: readonly string[]): Backend {
  return args.includes("--wasm") ? "wasm" : "webgpu";
}

/** @throws BenchFailure for an option that is unknown or lacks its value */
function readArguments(args: readonly string[]): { words: string[]; values: Map<string, string> } {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (withValue.includes(arg) && args[i + 1] !== undefined) values.set(arg, args[++i] ?? "");
    else if (!arg.startsWith("--")) words.push(arg);
    else if (!switches.includes(arg))
      throw new BenchFailure(
        `${arg} is unknown or lacks its value; there are ${[...withValue, ...switches].join(", ")}.`,
      );
  }
  return { words, values };
}

function lineOf({ peer, version, workload, ms, medianMs, error }: Row): string {
  return `${peer} ${version} ${workload}: ${error ?? `least ${ms.toFixed(1)} ms, middle ${medianMs.toFixed(1)} ms`}`;
}
