import { alphaWords } from "../strings/alpha.ts";

export function AlphaBuilder() {
  return <p class="lead">{alphaWords().lead}</p>;
}
