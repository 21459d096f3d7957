import {
  type Array64,
  absolute,
  absoluteInputs,
  accumulate,
  at,
  type Gradients64,
  type Reference,
  zeros,
} from "./array.ts";

export interface NormalizationInputs {
  /** [..., c]; the others are [c] */
  readonly x: Array64;
  readonly mean: Array64;
  readonly variance: Array64;
  readonly gamma?: Array64;
  readonly beta?: Array64;
}

/** gamma * (x - mean) / sqrt(variance + epsilon) + beta, channel by channel, mean and variance being constants. */
export function normalization(epsilon: number): Reference<NormalizationInputs> {
  const forward = (inputs: NormalizationInputs, centre: Centre) => {
    const y = zeros(inputs.x.shape);
    for (let i = 0; i < y.data.length; i++) {
      const { gamma, beta, normal } = element(inputs, i, { epsilon, centre });
      y.data[i] = gamma * normal + beta;
    }
    return y;
  };
  const vjp = (inputs: NormalizationInputs, dy: Array64, centre: Centre): Gradients64 => {
    const x = zeros(inputs.x.shape).data;
    const gamma = zeros(inputs.mean.shape).data;
    const beta = zeros(inputs.mean.shape).data;
    for (let i = 0; i < x.length; i++) {
      const value = element(inputs, i, { epsilon, centre });
      x[i] = at(dy.data, i) * value.gamma * value.inverse;
      accumulate(gamma, i % gamma.length, at(dy.data, i) * value.normal);
      accumulate(beta, i % beta.length, at(dy.data, i));
    }
    return { x, ...(inputs.gamma && { gamma }), ...(inputs.beta && { beta }) };
  };
  const minus: Centre = (x, mean) => x - mean;
  const plus: Centre = (x, mean) => x + mean;
  return {
    forward: (inputs) => forward(inputs, minus),
    vjp: (inputs, dy) => vjp(inputs, dy, minus),
    magnitude: {
      forward: (inputs) => forward(absoluteInputs(inputs), plus),
      vjp: (inputs, dy) => vjp(absoluteInputs(inputs), absolute(dy), plus),
    },
  };
}

type Centre = (x: number, mean: number) => number;

function element(inputs: NormalizationInputs, i: number, { epsilon, centre }: { epsilon: number; centre: Centre }) {
  const c = i % inputs.mean.data.length;
  const inverse = 1 / Math.sqrt(at(inputs.variance.data, c) + epsilon);
  const normal = centre(at(inputs.x.data, i), at(inputs.mean.data, c)) * inverse;
  const gamma = inputs.gamma ? at(inputs.gamma.data, c) : 1;
  const beta = inputs.beta ? at(inputs.beta.data, c) : 0;
  return { gamma, beta, normal, inverse };
}
