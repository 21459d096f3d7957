// Checks of the operations that only training uses.
import { batchMoments, batchNormTraining, dropout, moveAverage, scale, type Tensor } from "../../index.ts";
import { type Check, check } from "./check.ts";
import { fill, linear, pick, type Scalars, scalar } from "./scalar.ts";
import { normalised } from "./structure-checks.ts";

/** Decisions of Threefry-2x32-20 with the key (1, 2): whether the first word at counter (i, 0) has its upper bit set. */
const kept = "011101000100111001001101";

function dropouts(shape: readonly number[], { channels = false } = {}): Check {
  const C = shape.at(-1) ?? 1;
  const picture = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const decision = (i: number) => (channels ? Math.floor(i / picture) * C + (i % C) : i);
  return check({
    what: `dropout of [${shape}]${channels ? ", by channel" : ""}`,
    inputs: { x: shape },
    run: ({ x }) => dropout(x, { rate: 0.5, seed: [1, 2], channels }),
    known: ({ x }) => x.items.map((item, i) => linear([[item, kept[decision(i)] === "1" ? 2 : 0]])),
  });
}

/** Indices of each channel's elements. */
function byChannel(R: number, C: number): number[][] {
  return fill([C], (c = 0) => fill([R], (r = 0) => r * C + c));
}

function batchNorms(R: number, C: number): Check {
  const epsilon = 0.01;
  return check({
    what: `batchNormTraining of ${R} rows of ${C} channels`,
    inputs: { x: [R, C], gamma: [C], beta: [C] },
    run: ({ x, ...p }): Tensor => batchNormTraining(x, { ...p, moments: batchMoments(x) }, { epsilon }),
    known: (s) => normalised(s, { kind: "centred", epsilon, groups: byChannel(R, C) }),
  });
}

/** So many rows that they are cut into slices. */
function moments(R: number, C: number): Check {
  const valuesAt = (x: Scalars) => byChannel(R, C).map((group) => group.map((i) => x.items[i]?.value ?? 0));
  const average = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  return check({
    what: `batchMoments of ${R} rows of ${C} channels`,
    inputs: { x: [R, C] },
    wrt: [],
    run: ({ x }) => batchMoments(x),
    known: ({ x }) => {
      const channels = valuesAt(x);
      const means = channels.map(average);
      const variances = channels.map((list, c) => average(list.map((value) => (value - (means[c] ?? 0)) ** 2)));
      return [...means, ...variances].map((value) => scalar(value));
    },
  });
}

function movingAverages(C: number): Check {
  return check({
    what: `moveAverage of ${C} channels`,
    inputs: { moving: [C], value: [2, C] },
    wrt: [],
    run: ({ moving, value }) => {
      const y = scale(moving, 1);
      moveAverage(y, value, { momentum: 0.75, offset: C });
      return y;
    },
    known: (s) =>
      s.moving.items.map((old, c) =>
        linear([
          [old, 0.75],
          [pick(s.value, 1, c), 0.25],
        ]),
      ),
  });
}

export const trainingChecks: readonly Check[] = [
  dropouts([20]),
  dropouts([7]),
  dropouts([2, 3, 4], { channels: true }),
  dropouts([2, 3, 3], { channels: true }),
  batchNorms(40, 4),
  batchNorms(9, 3),
  moments(4100, 3),
  movingAverages(8),
  movingAverages(3),
];
