import { sweepWords } from "../strings/sweep.ts";

export function LayerSweep() {
  return <p class="lead">{sweepWords().lead}</p>;
}
