import { networkWords } from "../strings/network.ts";

export function NetworkMap() {
  return <p class="lead">{networkWords().lead}</p>;
}
