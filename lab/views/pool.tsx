import { poolWords } from "../strings/pool.ts";

export function PoolSwitches() {
  return <p class="lead">{poolWords().lead}</p>;
}
