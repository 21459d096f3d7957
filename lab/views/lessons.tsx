import { lessonsWords } from "../strings/lessons.ts";

export function Lessons() {
  return <p class="lead">{lessonsWords().lead}</p>;
}
