import { NotDefinedError } from "../../errors.ts";
import type { Run } from "../explain.ts";
import { HeatMap } from "../heat-map.ts";
import { projected } from "../methods/eigen-cam.ts";
import type { Method } from "./method.ts";

export interface EigenSmoothedOptions {
  /** Takes each channel's mean over positions away before, as pytorch-grad-cam; false unless given. */
  readonly centred?: boolean | undefined;
}

/** Eigen-smoothing of any class activation map that weighs channels: in place of the sum over channels of alpha_k A_k, their
 * projection on its first right singular vector, which keeps what the weighed channels have in common.
 * @param method `(run) => run.gradCam({ layer })`, say
 * @throws NotDefinedError for a method without a weight for each channel; what the method throws
 * @see    the `eigen_smooth` of pytorch-grad-cam */
export async function eigenSmoothed(
  run: Run,
  method: Method<HeatMap>,
  { centred = false }: EigenSmoothedOptions = {},
): Promise<HeatMap> {
  const map = await method(run);
  const { alpha, input, provenance } = map;
  const node = run.recording.node(provenance.layer ?? "");
  const channels = node.output.shape.at(-1) ?? 0;
  if (alpha.length === 0 || alpha.length !== channels)
    throw new NotDefinedError(
      `eigenSmoothed: ${provenance.method} does not weigh channels. Use eigenGradCam(), which smooths the products of ` +
        "gradient and activation, or a method with weights, such as gradCam().",
    );
  const A = await run.recording.read([node.output], ([data]) => data ?? new Float32Array(0));
  const weighed = Float32Array.from(A, (value, i) => value * (alpha[i % channels] ?? 0));
  const { data } = projected(node, weighed, centred);
  const facts = { ...provenance.options, centred, sign: "larger positive mass" };
  return new HeatMap(
    { ...map.raw, data },
    { input, provenance: { ...provenance, method: `eigensmoothed-${provenance.method}`, options: facts } },
  );
}
