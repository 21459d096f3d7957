import { eraseWords } from "../strings/erase.ts";

export function EraseAndAsk() {
  return <p class="lead">{eraseWords().lead}</p>;
}
