import { seedWords } from "../strings/seed.ts";

export function SeedView() {
  return <p class="lead">{seedWords().lead}</p>;
}
