import { type Array64, at, type Reference, sizeOf, zeros } from "./array.ts";
import { type GroupNormInputs, groupNormalization } from "./group-norm.ts";

/** Batch norm is a group norm in which all rows are one picture's pixels, and each channel is a group. */
export function batchNormalization(epsilon: number): Reference<GroupNormInputs> {
  const onePicture = ({ x, ...rest }: GroupNormInputs): GroupNormInputs => {
    const C = x.shape.at(-1) ?? 1;
    return { ...rest, x: { data: x.data, shape: [1, x.data.length / C, C] } };
  };
  const rule = ({ x }: GroupNormInputs) =>
    groupNormalization({ kind: "group", first: 2, groups: x.shape.at(-1) ?? 1, epsilon });
  return {
    forward: (inputs) => ({ ...rule(inputs).forward(onePicture(inputs)), shape: inputs.x.shape }),
    vjp: (inputs, dy) => rule(inputs).vjp(onePicture(inputs), dy),
    magnitude: {
      forward: (inputs) => rule(inputs).magnitude.forward(onePicture(inputs)),
      vjp: (inputs, dy) => rule(inputs).magnitude.vjp(onePicture(inputs), dy),
    },
  };
}

interface Single {
  readonly x: Array64;
}

/** Mean and biased variance of each channel, [2, c]. */
export const channelMoments: Reference<Single> = {
  forward: ({ x }) => perChannel(x, ({ mean, variance }) => [mean, variance]),
  vjp: () => ({}),
  // The mean errs by some roundings of the values' size; so does each distance from it, of which the variance is the mean
  // square.
  magnitude: {
    forward: ({ x }) =>
      perChannel(x, ({ size, variance, distance, rows }) => {
        const doubt = (rows + 16) * 2 ** -24;
        return [size, variance + 2 * distance * size + doubt * size ** 2];
      }),
    vjp: () => ({}),
  },
};

interface Channel {
  readonly rows: number;
  readonly mean: number;
  readonly variance: number;
  /** Mean distance from the mean. */
  readonly distance: number;
  /** Largest |x|. */
  readonly size: number;
}

function perChannel(x: Array64, describe: (channel: Channel) => readonly [number, number]): Array64 {
  const C = x.shape.at(-1) ?? 1;
  const rows = sizeOf(x.shape.slice(0, -1));
  const y = zeros([2, C]);
  if (x.data.length === 0) return y;
  for (let c = 0; c < C; c++) {
    const values = Array.from({ length: rows }, (_, r) => at(x.data, r * C + c));
    const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / rows;
    const mean = average(values);
    const distances = values.map((value) => Math.abs(value - mean));
    const [first, second] = describe({
      rows,
      mean,
      variance: average(distances.map((d) => d * d)),
      distance: average(distances),
      size: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    });
    y.data[c] = first;
    y.data[C + c] = second;
  }
  return y;
}
