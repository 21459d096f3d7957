import { benchWords } from "../strings/bench.ts";

export function KernelBench() {
  return <p class="lead">{benchWords().lead}</p>;
}
