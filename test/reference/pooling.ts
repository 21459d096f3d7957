import { type Array64, accumulate, at, extents4, type Reference, sumsOfProducts, zeros } from "./array.ts";
import { type WindowOptions, windowAlong } from "./window.ts";

export interface PoolingInputs {
  readonly x: Array64;
}

export interface PoolingOptions extends WindowOptions {
  readonly size: readonly [number, number];
}

/** Maximum over each window; padding takes no part. The gradient goes to the first maximum in row-major order. */
export function maxPooling(options: PoolingOptions): Reference<PoolingInputs> {
  return sumsOfMaxima({
    forward: ({ x }) => {
      const [y, firsts] = maxima(x, options);
      firsts.forEach((xi, yi) => {
        y.data[yi] = at(x.data, xi);
      });
      return y;
    },
    vjp: ({ x }, dy) => {
      const dx = zeros(x.shape).data;
      maxima(x, options)[1].forEach((xi, yi) => {
        accumulate(dx, xi, at(dy.data, yi));
      });
      return { x: dx };
    },
  });
}

/** Which element is greatest must be decided on x itself, so only dy is taken absolute. */
function sumsOfMaxima(rule: Omit<Reference<PoolingInputs>, "magnitude">): Reference<PoolingInputs> {
  const exact = (inputs: PoolingInputs) => zeros(rule.forward(inputs).shape);
  return {
    ...rule,
    magnitude: {
      forward: exact,
      vjp: (inputs, dy) => rule.vjp(inputs, { data: dy.data.map(Math.abs), shape: dy.shape }),
    },
  };
}

/** Mean over the part of each window that lies in the picture. */
export function averagePooling(options: PoolingOptions): Reference<PoolingInputs> {
  return sumsOfProducts({
    forward: ({ x }) => {
      const y = emptyOutput(x, options);
      windows(x, options, (yi, cells) => {
        for (const xi of cells) accumulate(y.data, yi, at(x.data, xi) / cells.length);
      });
      return y;
    },
    vjp: ({ x }, dy) => {
      const dx = zeros(x.shape).data;
      windows(x, options, (yi, cells) => {
        for (const xi of cells) accumulate(dx, xi, at(dy.data, yi) / cells.length);
      });
      return { x: dx };
    },
  });
}

/** One window as large as the picture; the result without its two spatial axes unless they are kept. */
export function globalPooling(kind: "max" | "average", keepDims: boolean): Reference<PoolingInputs> {
  const over = (x: Array64) => {
    const [, h, w] = extents4(x);
    return kind === "max" ? maxPooling({ size: [h, w] }) : averagePooling({ size: [h, w] });
  };
  const squeeze = ({ data, shape }: Array64): Array64 => {
    const [n = 0, , , c = 0] = shape;
    return { data, shape: keepDims ? shape : [n, c] };
  };
  return {
    forward: (inputs) => squeeze(over(inputs.x).forward(inputs)),
    vjp: (inputs, dy) => over(inputs.x).vjp(inputs, dy),
    magnitude: {
      forward: (inputs) => squeeze(over(inputs.x).magnitude.forward(inputs)),
      vjp: (inputs, dy) => over(inputs.x).magnitude.vjp(inputs, dy),
    },
  };
}

function emptyOutput(x: Array64, options: PoolingOptions): Array64 {
  const [n, h, w, c] = extents4(x);
  const [kh, kw] = options.size;
  return zeros([n, windowAlong(0, h, kh, options).outputs, windowAlong(1, w, kw, options).outputs, c]);
}

/** For every output, in order: its flat index, and those of the input cells in its window, row-major. */
function windows(x: Array64, options: PoolingOptions, visit: (yi: number, cells: readonly number[]) => void): void {
  const [n, h, w, c] = extents4(x);
  const [kh, kw] = options.size;
  const rows = windowAlong(0, h, kh, options);
  const columns = windowAlong(1, w, kw, options);
  let yi = 0;
  for (let ni = 0; ni < n; ni++)
    for (let oh = 0; oh < rows.outputs; oh++)
      for (let ow = 0; ow < columns.outputs; ow++)
        for (let ci = 0; ci < c; ci++) {
          const cells: number[] = [];
          for (let khi = 0; khi < kh; khi++)
            for (let kwi = 0; kwi < kw; kwi++) {
              const hi = rows.index(oh, khi);
              const wi = columns.index(ow, kwi);
              if (hi >= 0 && hi < h && wi >= 0 && wi < w) cells.push(((ni * h + hi) * w + wi) * c + ci);
            }
          visit(yi++, cells);
        }
}

function maxima(x: Array64, options: PoolingOptions): [y: Array64, firsts: number[]] {
  const firsts: number[] = [];
  windows(x, options, (yi, cells) => {
    let best = cells[0] ?? -1;
    for (const xi of cells) if (at(x.data, xi) > at(x.data, best)) best = xi;
    firsts[yi] = best;
  });
  return [emptyOutput(x, options), firsts];
}
