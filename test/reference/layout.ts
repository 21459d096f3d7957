// Nothing is computed here, only moved: every value must come out bit for bit.
import { type Array64, type Arrays, at, extents4, type Reference, type Rule, sizeOf, zeros } from "./array.ts";

interface Single {
  readonly x: Array64;
}

function exact<I>(rule: Rule<I>): Reference<I> {
  return {
    ...rule,
    magnitude: {
      forward: (inputs) => zeros(rule.forward(inputs).shape),
      vjp: (inputs, dy) =>
        Object.fromEntries(
          Object.entries(rule.vjp(inputs, dy)).map(([name, data]) => [name, new Float64Array(data.length)]),
        ),
    },
  };
}

/** The same elements under another shape. */
export function reshaping(shapeOf: (shape: readonly number[]) => readonly number[]): Reference<Single> {
  return exact({
    forward: ({ x }) => ({ data: x.data.slice(), shape: shapeOf(x.shape) }),
    vjp: (_, dy) => ({ x: dy.data.slice() }),
  });
}

export type Borders = readonly [readonly [number, number], readonly [number, number]];

/** Zeros around each picture. */
export function zeroPadding([[top, bottom], [left, right]]: Borders): Reference<Single> {
  const outputShape = (x: Array64) => {
    const [n, h, w, c] = extents4(x);
    return [n, top + h + bottom, left + w + right, c];
  };
  const visit = (x: Array64, pair: (yi: number, xi: number) => void) => {
    const [, h, w, c] = extents4(x);
    const [, oh = 0, ow = 0] = outputShape(x);
    for (let xi = 0; xi < x.data.length; xi++) {
      const [ci, wi] = [xi % c, Math.floor(xi / c) % w];
      const [hi, ni] = [Math.floor(xi / (c * w)) % h, Math.floor(xi / (c * w * h))];
      pair(((ni * oh + hi + top) * ow + wi + left) * c + ci, xi);
    }
  };
  return exact({
    forward: ({ x }) => {
      const y = zeros(outputShape(x));
      visit(x, (yi, xi) => {
        y.data[yi] = at(x.data, xi);
      });
      return y;
    },
    vjp: ({ x }, dy) => {
      const dx = zeros(x.shape).data;
      visit(x, (yi, xi) => {
        dx[xi] = at(dy.data, yi);
      });
      return { x: dx };
    },
  });
}

/** Arrays one after another along an axis, in the order of their names' appearance. */
export function concatenation(axis: number): Reference<Arrays> {
  return exact({
    forward: (inputs) => {
      const y = zeros(joinedShape(Object.values(inputs), axis));
      visitJoined(inputs, axis, (yi, name, xi) => {
        y.data[yi] = at(inputs[name]?.data ?? new Float64Array(), xi);
      });
      return y;
    },
    vjp: (inputs, dy) => {
      const gradients = Object.fromEntries(
        Object.entries(inputs).map(([name, { shape }]) => [name, zeros(shape).data]),
      );
      visitJoined(inputs, axis, (yi, name, xi) => {
        const gradient = gradients[name];
        if (gradient) gradient[xi] = at(dy.data, yi);
      });
      return gradients;
    },
  });
}

function joinedShape(parts: readonly Array64[], axis: number): number[] {
  const shape = [...(parts[0]?.shape ?? [])];
  shape[axis] = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  return shape;
}

function visitJoined(inputs: Arrays, axis: number, pair: (yi: number, name: string, xi: number) => void): void {
  const shape = joinedShape(Object.values(inputs), axis);
  const row = sizeOf(shape.slice(axis));
  let offset = 0;
  for (const [name, { data, shape: own }] of Object.entries(inputs)) {
    const width = sizeOf(own.slice(axis));
    for (let xi = 0; xi < data.length; xi++) pair(Math.floor(xi / width) * row + offset + (xi % width), name, xi);
    offset += width;
  }
}
