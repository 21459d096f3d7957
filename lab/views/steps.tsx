import { stepsWords } from "../strings/steps.ts";

export function Steps() {
  return <p class="lead">{stepsWords().lead}</p>;
}
