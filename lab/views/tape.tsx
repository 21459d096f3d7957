import { tapeWords } from "../strings/tape.ts";

export function TapeScrubber() {
  return <p class="lead">{tapeWords().lead}</p>;
}
