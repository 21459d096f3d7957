import {
  type Array64,
  absolute,
  accumulate,
  at,
  type Reference,
  type Rule,
  sizeOf,
  sumsOfProducts,
  zeros,
} from "./array.ts";

export interface PairInputs {
  readonly a: Array64;
  readonly b: Array64;
}

/** NumPy's broadcasting: shapes are aligned at their last axis, and an extent of 1 is repeated. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const other = padded(b, rank);
  return padded(a, rank).map((extent, axis) => (extent === 1 ? (other[axis] ?? 1) : extent));
}

function broadcast(inputs: PairInputs, visit: (yi: number, ai: number, bi: number) => void): void {
  const shape = broadcastShape(inputs.a.shape, inputs.b.shape);
  const total = sizeOf(shape);
  const aSteps = steps(inputs.a.shape, shape.length);
  const bSteps = steps(inputs.b.shape, shape.length);
  for (let yi = 0; yi < total; yi++) {
    let [rest, ai, bi] = [yi, 0, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      const index = rest % size;
      rest = (rest - index) / size;
      ai += index * (aSteps[axis] ?? 0);
      bi += index * (bSteps[axis] ?? 0);
    }
    visit(yi, ai, bi);
  }
}

/** Elements between neighbours along each axis; none where the axis is repeated. */
function steps(shape: readonly number[], rank: number): number[] {
  const aligned = padded(shape, rank);
  return aligned.map((extent, axis) => (extent === 1 ? 0 : sizeOf(aligned.slice(axis + 1))));
}

function padded(shape: readonly number[], rank: number): number[] {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape];
}

function pairwise(
  value: (a: number, b: number) => number,
  partials: (a: number, b: number) => readonly [number, number],
): Pick<Reference<PairInputs>, "forward" | "vjp"> {
  return {
    forward: (inputs) => {
      const y = zeros(broadcastShape(inputs.a.shape, inputs.b.shape));
      broadcast(inputs, (yi, ai, bi) => {
        y.data[yi] = value(at(inputs.a.data, ai), at(inputs.b.data, bi));
      });
      return y;
    },
    vjp: (inputs, dy) => {
      const a = zeros(inputs.a.shape).data;
      const b = zeros(inputs.b.shape).data;
      broadcast(inputs, (yi, ai, bi) => {
        const [forA, forB] = partials(at(inputs.a.data, ai), at(inputs.b.data, bi));
        accumulate(a, ai, at(dy.data, yi) * forA);
        accumulate(b, bi, at(dy.data, yi) * forB);
      });
      return { a, b };
    },
  };
}

export const addition = sumsOfProducts(
  pairwise(
    (a, b) => a + b,
    () => [1, 1],
  ),
);

/** Its rounding errors are those of a sum. */
export const subtraction: Reference<PairInputs> = {
  ...pairwise(
    (a, b) => a - b,
    () => [1, -1],
  ),
  magnitude: addition.magnitude,
};

export const multiplication = sumsOfProducts(
  pairwise(
    (a, b) => a * b,
    (a, b) => [b, a],
  ),
);

/** x * factor + offset */
export function scaling(factor: number, offset: number): Reference<{ readonly x: Array64 }> {
  return {
    forward: ({ x }) => ({ data: x.data.map((value) => value * factor + offset), shape: x.shape }),
    vjp: (_, dy) => ({ x: dy.data.map((value) => value * factor) }),
    magnitude: {
      forward: ({ x }) => ({
        data: x.data.map((value) => Math.abs(value * factor) + Math.abs(offset)),
        shape: x.shape,
      }),
      vjp: (_, dy) => ({ x: absolute(dy).data.map((value) => value * Math.abs(factor)) }),
    },
  };
}

/** An operation whose rounding errors are those of the value and of the terms of its gradients, as they stand. */
function ofPairs(...[value, partials]: Parameters<typeof pairwise>): Reference<PairInputs> {
  const rule = pairwise(value, partials);
  const sizes = pairwise(
    (a, b) => Math.abs(value(a, b)),
    (a, b) => {
      const [forA, forB] = partials(a, b);
      return [Math.abs(forA), Math.abs(forB)];
    },
  );
  return {
    ...rule,
    magnitude: { forward: sizes.forward, vjp: (inputs, dy) => sizes.vjp(inputs, absolute(dy)) },
  };
}

/** 0, and without gradient, where b is 0. */
export const division = ofPairs(
  (a, b) => (b === 0 ? 0 : a / b),
  (a, b) => (b === 0 ? [0, 0] : [1 / b, -a / (b * b)]),
);

/** Of equal elements a has the gradient, as in TensorFlow. */
export const maximumFunction = ofPairs(Math.max, (a, b) => (a >= b ? [1, 0] : [0, 1]));
export const minimumFunction = ofPairs(Math.min, (a, b) => (a <= b ? [1, 0] : [0, 1]));

const preluOfPairs = ofPairs(
  (x, alpha) => (x > 0 ? x : alpha * x),
  (x, alpha) => (x > 0 ? [1, 0] : [x < 0 ? alpha : 0, x]),
);

interface PreluInputs {
  readonly x: Array64;
  readonly alpha: Array64;
}

/** x where it is positive, else alpha x; at 0 the gradient is 0, as in TensorFlow */
export const preluFunction: Reference<PreluInputs> = {
  ...ofPrelu(preluOfPairs),
  magnitude: ofPrelu(preluOfPairs.magnitude),
};

function ofPrelu({ forward, vjp }: Rule<PairInputs>): Rule<PreluInputs> {
  return {
    forward: ({ x, alpha }) => forward({ a: x, b: alpha }),
    vjp: ({ x, alpha }, dy) => {
      const { a = x.data, b = alpha.data } = vjp({ a: x, b: alpha }, dy);
      return { x: a, alpha: b };
    },
  };
}
