import { camWords } from "../strings/cam.ts";

export function CamIsGradCam() {
  return <p class="lead">{camWords().lead}</p>;
}
