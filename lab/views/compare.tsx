import { compareWords } from "../strings/compare.ts";

export function Compare() {
  return <p class="lead">{compareWords().lead}</p>;
}
