import { type Array64, at, type Reference } from "./array.ts";

interface Single {
  readonly x: Array64;
}

/** (x - center) * factor + offset, number by number along the last axis. */
export function affineByChannel(numbers: {
  readonly center?: readonly number[];
  readonly factor?: readonly number[];
  readonly offset?: readonly number[];
}): Reference<Single> {
  const of = (list: readonly number[] | undefined, i: number, x: Array64, otherwise: number) => {
    const value = list ? list[i % (x.shape.at(-1) ?? 1)] : otherwise;
    if (value === undefined) throw new RangeError("reference reads outside the numbers");
    return Math.fround(value);
  };
  const each = (x: Array64, value: (x: number, numbers: { c: number; f: number; o: number }) => number) => ({
    data: x.data.map((_, i) =>
      value(at(x.data, i), {
        c: of(numbers.center, i, x, 0),
        f: of(numbers.factor, i, x, 1),
        o: of(numbers.offset, i, x, 0),
      }),
    ),
    shape: x.shape,
  });
  const gradient = (x: Array64, dy: Array64) => ({
    x: each(x, (_, { f }) => f).data.map((f, i) => f * at(dy.data, i)),
  });
  return {
    forward: ({ x }) => each(x, (v, { c, f, o }) => (v - c) * f + o),
    vjp: ({ x }, dy) => gradient(x, dy),
    magnitude: {
      forward: ({ x }) => each(x, (v, { c, f, o }) => (Math.abs(v) + Math.abs(c)) * Math.abs(f) + Math.abs(o)),
      vjp: ({ x }, dy) => ({ x: gradient(x, dy).x.map(Math.abs) }),
    },
  };
}
