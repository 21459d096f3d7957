import { ShapeError } from "../../errors.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { heatMaps, weighted } from "./class-maps.ts";

/** Class activation map: the features before global pooling, weighed by the classifier's weights of the class. The bias is
 * ignored and there is no ReLU.
 * @throws NotDefinedError for a network without a pooling head
 * @see    Zhou et al. 2016, eq. 2: M_c = sum_k w_k^c A_k */
export async function cam(question: Question): Promise<HeatMap[]> {
  const { run } = question;
  const { features, pooled } = run.poolingHead();
  const node = run.tape.producerOf(features);
  if (!node)
    throw new ShapeError("cam: the features before global pooling are the input itself; there is nothing to map");
  return run.encode(() => {
    // the cotangent of the pooled features is the row of classifier weights of the class: w = W seed
    const [weights] = run.gradients(run.ask(question.targets), [pooled]);
    if (!weights) throw new ShapeError("cam: no gradient at the pooled features");
    const alpha = weights.withShape([weights.shape[0] ?? 1, 1, 1, features.shape[3] ?? 1]);
    const map = weighted(question, features, alpha);
    return heatMaps(question, node, { map, alpha, method: "cam", rule: "gradient" });
  });
}
