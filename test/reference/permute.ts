// Nothing is computed here, only moved: every value must come out bit for bit.
import { type Array64, accumulate, at, type Reference, sizeOf, zeros } from "./array.ts";

interface Single {
  readonly x: Array64;
}

/** Moves elements: `source` tells which index of x an index of y shows. */
function moving(
  shapeOf: (shape: readonly number[]) => readonly number[],
  source: (index: readonly number[]) => readonly number[],
): Reference<Single> {
  const visit = (x: Array64, pair: (yi: number, xi: number) => void) => {
    const shape = shapeOf(x.shape);
    for (let yi = 0; yi < sizeOf(shape); yi++) pair(yi, flat(source(unflat(yi, shape)), x.shape));
  };
  const forward = ({ x }: Single) => {
    const y = zeros(shapeOf(x.shape));
    visit(x, (yi, xi) => {
      y.data[yi] = at(x.data, xi);
    });
    return y;
  };
  const vjp = ({ x }: Single, dy: Array64) => {
    const dx = zeros(x.shape).data;
    visit(x, (yi, xi) => accumulate(dx, xi, at(dy.data, yi)));
    return { x: dx };
  };
  return {
    forward,
    vjp,
    magnitude: {
      forward: (inputs) => zeros(forward(inputs).shape),
      vjp: (inputs) => ({ x: zeros(inputs.x.shape).data }),
    },
  };
}

function unflat(i: number, shape: readonly number[]): number[] {
  return shape.map((extent, axis) => Math.floor(i / sizeOf(shape.slice(axis + 1))) % extent);
}

function flat(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((sum, value, axis) => sum * (shape[axis] ?? 1) + value, 0);
}

/** y's axis i is x's axis order[i]. */
export function permutation(order: readonly number[]): Reference<Single> {
  return moving(
    (shape) => order.map((axis) => shape[axis] ?? 1),
    (index) => order.map((_, axis) => index[order.indexOf(axis)] ?? 0),
  );
}

/** x[begin:end:steps] along every axis. */
export function slicing(
  begin: readonly number[],
  end: readonly number[],
  steps: readonly number[] = [],
): Reference<Single> {
  return moving(
    (shape) => shape.map((_, i) => Math.max(0, Math.ceil(((end[i] ?? 0) - (begin[i] ?? 0)) / (steps[i] ?? 1)))),
    (index) => index.map((value, i) => (begin[i] ?? 0) + value * (steps[i] ?? 1)),
  );
}
