// What Backlight and its peers are timed at, by name.
import { nearest, UnknownNameError } from "../../src/index.ts";

/** A convolution of one picture, with `pad` pixels on each side. */
export interface Conv {
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly oc: number;
  /** Window, k x k. */
  readonly k: number;
  readonly stride: number;
  readonly pad: number;
}

export type NetworkName = "vgg16" | "resnet50";
export type Phase = "forward" | "gradcam" | "guided";
/** What of a convolution is computed: itself, or its gradient at the input or the filter. */
export type ConvPart = "forward" | "input" | "filter";

/** One thing to time. */
export type Workload = { readonly name: string } & (
  | { readonly kind: "network"; readonly network: NetworkName; readonly phase: Phase }
  | { readonly kind: "training" }
  | { readonly kind: "conv"; readonly conv: Conv; readonly part: ConvPart }
  | { readonly kind: "dense"; readonly inputs: number; readonly outputs: number }
);

/** Pictures of a training step. */
export const trainingBatch = 64;
/** The class whose logit is explained. */
export const explainedClass = 285;

const networks: readonly NetworkName[] = ["resnet50", "vgg16"];
const phases: readonly Phase[] = ["forward", "gradcam", "guided"];

/** The rows of the table, where none are named. */
export const standardWorkloads: readonly string[] = [
  ...networks.flatMap((network) => phases.map((phase) => `${network}.${phase}`)),
  "mnist.step",
  "conv:56x56x256:256:3",
  "conv:56x56x256:256:3:input",
  "conv:56x56x256:256:3:filter",
  "dense:25088:4096",
];

/** Reads a name: `resnet50.guided`, `mnist.step`, `dense:IN:OUT`, `conv:HxWxC:OC:K`, then `sS` for a stride, then `:input`
 * or `:filter` for a gradient. Padding is half the window.
 * @throws UnknownNameError for any other name */
export function parseWorkload(name: string): Workload {
  for (const network of networks)
    for (const phase of phases) if (name === `${network}.${phase}`) return { name, kind: "network", network, phase };
  if (name === "mnist.step") return { name, kind: "training" };
  const conv = /^conv:(\d+)x(\d+)x(\d+):(\d+):(\d+)(?:s(\d+))?(?::(input|filter))?$/.exec(name);
  if (conv) {
    const [h = 0, w = 0, c = 0, oc = 0, k = 0, stride = 0] = conv.slice(1, 7).map((digits) => Number(digits ?? 1));
    const part = (conv[7] ?? "forward") as ConvPart;
    if (Math.min(h, w, c, oc, k, stride) > 0)
      return { name, kind: "conv", part, conv: { h, w, c, oc, k, stride, pad: (k - 1) >> 1 } };
  }
  const dense = /^dense:([1-9]\d*):([1-9]\d*)$/.exec(name);
  if (dense) return { name, kind: "dense", inputs: Number(dense[1]), outputs: Number(dense[2]) };
  const guess = nearest(name, standardWorkloads);
  throw new UnknownNameError(
    `no workload "${name}"${guess ? `; did you mean "${guess}"?` : ""} There are NETWORK.PHASE (${networks.join(", ")}; ` +
      `${phases.join(", ")}), mnist.step, conv:HxWxC:OC:K[sSTRIDE][:input|:filter] and dense:IN:OUT.`,
  );
}

/** [OH, OW] of a convolution or pool. */
export function outputExtents({ h, w, k, stride, pad }: Omit<Conv, "c" | "oc">): readonly [number, number] {
  return [Math.floor((h + 2 * pad - k) / stride) + 1, Math.floor((w + 2 * pad - k) / stride) + 1];
}
