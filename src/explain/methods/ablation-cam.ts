import type { TapeNode } from "../../autograd/tape.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { heatMaps, weighted } from "./class-maps.ts";
import { allScores, masked, type PassOptions, recordedScores, rowCount } from "./versions.ts";

/** Ablation-CAM: sum_k w_k A_k, w_k = (y - y_k) / y, where y_k is the target without channel k of the layer. Only what lies
 * after the layer runs again. Where y is 0, the drop is not divided.
 * @see Desai and Ramaswamy 2020, eq. 2 and 3 */
export async function ablationCam(question: Question, node: TapeNode, options: PassOptions = {}): Promise<HeatMap[]> {
  const { run } = question;
  const A = node.output;
  const channels = A.shape[3] ?? 1;
  const make = (start: number, count: number) => masked(A, without(question, { start, count, channels }));
  const y = await recordedScores(question);
  const scores = await allScores(question, { from: A, count: channels, make }, options);
  const weights = new Float32Array(rowCount(question) * channels);
  for (const [row, scoresOfRow] of scores.entries()) {
    const whole = y[row] ?? 0;
    weights.set(
      scoresOfRow.map((score) => (whole - score) / (whole || 1)),
      row * channels,
    );
  }
  return run.encode(() => {
    const alpha = run.engine.tensor(weights, [rowCount(question), 1, 1, channels]);
    const map = weighted(question, A, alpha);
    return heatMaps(question, node, { map, alpha, method: "ablationcam", rule: "none" });
  });
}

/** Masks [count * n, 1, 1, channels] that are 1 but for one channel, from channel `start` on. */
function without({ run }: Question, { start, count, channels }: { start: number; count: number; channels: number }) {
  const { pictures } = run;
  const data = new Float32Array(count * pictures * channels).fill(1);
  for (let row = 0; row < count * pictures; row++) data[row * channels + start + Math.floor(row / pictures)] = 0;
  return run.engine.tensor(data, [count * pictures, 1, 1, channels]);
}
