import { gateWords } from "../strings/gate.ts";

export function ReluGate() {
  return <p class="lead">{gateWords().lead}</p>;
}
