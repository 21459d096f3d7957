import { ShapeError } from "../errors.ts";

/** The learning rate of a step; steps count from 0. */
export type Schedule = (step: number) => number;

/** One factor after every so many steps: `learningRate * factor ** floor(step / every)`.
 * @throws ShapeError unless `every` is a positive number
 * @see Keras' ExponentialDecay with staircase=True */
export function stepDecay(options: {
  readonly learningRate: number;
  readonly every: number;
  readonly factor: number;
}): Schedule {
  const { learningRate, every, factor } = options;
  checkSteps("stepDecay: every", every);
  return (step) => learningRate * factor ** Math.floor(step / every);
}

/** Half a cosine from `learningRate` at step 0 to `alpha * learningRate` at step `steps`, and so on from there.
 * @param options `alpha`: the share of the learning rate that is left at the end; 0 unless given
 * @throws ShapeError unless `steps` is a positive number
 * @see Loshchilov and Hutter 2016, eq. 5, without restarts; Keras' CosineDecay */
export function cosineDecay(options: {
  readonly learningRate: number;
  readonly steps: number;
  readonly alpha?: number;
}): Schedule {
  const { learningRate, steps, alpha = 0 } = options;
  checkSteps("cosineDecay: steps", steps);
  return (step) => {
    const share = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));
    return learningRate * ((1 - alpha) * share + alpha);
  };
}

/** A straight line from `from` (0 unless given) to what the schedule begins with, over `steps` steps; then the schedule,
 * from its step 0 on.
 * @param schedule a schedule, or a learning rate that stays
 * @throws ShapeError unless `steps` is a positive number
 * @see Goyal et al. 2017, section 2.2; warmup_target of Keras' CosineDecay */
export function warmUp(
  schedule: number | Schedule,
  options: { readonly steps: number; readonly from?: number },
): Schedule {
  const { steps, from = 0 } = options;
  checkSteps("warmUp: steps", steps);
  const after = typeof schedule === "number" ? () => schedule : schedule;
  return (step) => (step < steps ? from + ((after(0) - from) * step) / steps : after(step - steps));
}

function checkSteps(what: string, steps: number): void {
  if (!(Number.isFinite(steps) && steps > 0))
    throw new ShapeError(`${what} is ${steps}; it wants a number of steps above 0`);
}
