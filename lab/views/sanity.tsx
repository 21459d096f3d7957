import { sanityWords } from "../strings/sanity.ts";

export function Sanity() {
  return <p class="lead">{sanityWords().lead}</p>;
}
