import {
  classLogit,
  classProbability,
  difference,
  explain,
  type FlowNode,
  type HeatMap,
  type Image,
  type Model,
  type Run,
  rankCorrelation,
  type Target,
} from "../../../src/index.ts";

/** What one seed gives. */
export interface Walked {
  /** dy at the logits, where all seeds can be compared. */
  readonly seed: Float32Array;
  /** g at the layer. */
  readonly gradient: FlowNode | undefined;
  /** Least and greatest alpha. */
  readonly alpha: { readonly min: number; readonly max: number };
  readonly map: HeatMap;
}

/** Walks back from every target. */
export async function askSeeds(
  run: Run,
  { targets, layer }: { targets: readonly Target[]; layer: string },
): Promise<Walked[]> {
  const { recording } = run;
  const { logits } = run.outputs;
  const seeds = recording.encode(() => ({
    tensors: recording.gradients(recording.ask(targets), [logits]),
    finish: ([rows]) =>
      targets.map((_, i) => Float32Array.from(rows?.subarray(i * logits.size, (i + 1) * logits.size) ?? [])),
  }));
  const [read, maps] = await Promise.all([seeds, run.gradCam({ target: targets, layer })]);
  const flows = await run.flow({ target: targets, layer });
  return maps.map((map, i) => ({
    seed: read[i] ?? new Float32Array(0),
    gradient: flows[i]?.nodes.at(-1),
    alpha: flows[i]?.alpha ?? { min: 0, max: 0 },
    map,
  }));
}

/** How sure the network is of a class, and what that makes of the probability's gradient. */
export interface Sureness {
  readonly image: Image;
  readonly index: number;
  readonly against: number;
  readonly probability: number;
  /** p (1 - p), of the probabilities of all other classes: near 1 the difference to 1 has no digits left. */
  readonly factor: number;
  readonly logit: Walked;
  readonly prob: Walked;
  /** |g| of the probability over |g| of the logit. */
  readonly ratio: number;
  /** Rank correlation of the probability's raw map with the logit's, and with that of the difference to the rival. */
  readonly likeLogit: number;
  readonly likeDifference: number;
}

interface Asked {
  readonly image: Image;
  readonly layer: string;
  /** The two most likely classes unless given. */
  readonly index?: number;
  readonly against?: number;
}

export async function askSureness(run: Run, { image, layer, ...asked }: Asked): Promise<Sureness> {
  const predictions = await run.predictions(Number.POSITIVE_INFINITY);
  const index = asked.index ?? predictions[0]?.index ?? 0;
  const against = asked.against ?? predictions.find((one) => one.index !== index)?.index ?? 0;
  const targets = [classLogit(index), classProbability(index), difference(index, against)];
  const [logit, prob, rival] = await askSeeds(run, { targets, layer });
  if (!logit || !prob || !rival) throw new Error("no answer for a target");
  const probability = predictions.find((one) => one.index === index)?.probability ?? 0;
  const others = predictions.reduce((sum, one) => (one.index === index ? sum : sum + one.probability), 0);
  const like = (other: Walked) => rankCorrelation(prob.map.raw.data, other.map.raw.data);
  return {
    ...{ image, index, against, probability, logit, prob },
    factor: probability * others,
    ratio: (prob.gradient?.norm ?? 0) / (logit.gradient?.norm || 1),
    likeLogit: like(logit),
    likeDifference: like(rival),
  };
}

/** The same of another picture, which is looked at for this alone. */
export async function askSurenessOf(model: Model, asked: Asked): Promise<Sureness> {
  const run = explain(model, asked.image);
  try {
    return await askSureness(run, asked);
  } finally {
    run.dispose();
  }
}
