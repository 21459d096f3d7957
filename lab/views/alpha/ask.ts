import { type FloatMap, type HeatMap, mean, mul, type Run, sum, type Target } from "../../../src/index.ts";

/** Everything that Grad-CAM is made of at one layer, as the GPU holds it. */
export interface LayerNumbers {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** A, [h, w, k] */
  readonly activations: Float32Array;
  /** g = dy/dA, [h, w, k] */
  readonly gradients: Float32Array;
  /** Sum of g over positions, and its mean, which is alpha: [k] */
  readonly sums: Float32Array;
  readonly means: Float32Array;
  /** alpha_k A_k, [h, w, k] */
  readonly products: Float32Array;
  /** Their sum over channels, and the alpha that Grad-CAM itself took. */
  readonly map: HeatMap;
  /** Channels by the magnitude of alpha, the largest first. */
  readonly order: readonly number[];
  /** Each channel's place in `order`. */
  readonly ranks: readonly number[];
}

/** Reads a layer's numbers; all in one submission. */
export async function askLayer(run: Run, asked: { target: Target; layer: string }): Promise<LayerNumbers> {
  const { recording } = run;
  const { output } = recording.spatialNode(asked.layer);
  const [, height = 1, width = 1, channels = 1] = output.shape;
  const reading = recording.encode(() => {
    const [g] = recording.gradients(recording.ask([asked.target]), [output]);
    if (!g) throw new Error(`no gradient at ${asked.layer}`);
    const alpha = mean(g, { axes: [1, 2], keepDims: true });
    const tensors = [g, sum(g, { axes: [1, 2] }), alpha, mul(output, alpha)];
    return { tensors, finish: (data) => data.map((values) => Float32Array.from(values)) };
  });
  const forward = recording.read([output], (data) => data.map((values) => Float32Array.from(values)));
  const [numbers, [activations = empty], map] = await Promise.all([reading, forward, run.gradCam(asked)]);
  const [gradients = empty, sums = empty, means = empty, products = empty] = numbers;
  const sizes = { width, height, channels };
  return { ...sizes, activations, gradients, sums, means, products, map, ...ranked(map.alpha) };
}

const empty = new Float32Array(0);

function ranked(alpha: Float32Array): Pick<LayerNumbers, "order" | "ranks"> {
  const order = Array.from(alpha, (_, channel) => channel);
  order.sort((a, b) => Math.abs(alpha[b] ?? 0) - Math.abs(alpha[a] ?? 0) || a - b);
  const ranks = new Array<number>(order.length).fill(0);
  for (const [rank, channel] of order.entries()) ranks[channel] = rank;
  return { order, ranks };
}

/** sum_k alpha_k A_k, with an alpha of 0 for channels that are switched off; the GPU adds it up as it does for Grad-CAM. */
export async function askSum(run: Run, { layer, alpha }: { layer: string; alpha: Float32Array }): Promise<FloatMap> {
  const { recording } = run;
  const { output } = recording.spatialNode(layer);
  const [, height = 1, width = 1] = output.shape;
  return await recording.encode(() => {
    const weights = recording.engine.tensor(alpha, [1, 1, 1, alpha.length]);
    const map = sum(mul(output, weights), { axes: [3] });
    return { tensors: [map], finish: ([data]) => ({ width, height, data: Float32Array.from(data ?? []) }) };
  });
}
