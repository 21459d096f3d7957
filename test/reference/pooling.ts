import { type Array64, absolute, accumulate, at, extents4, type Reference, sumsOfProducts, zeros } from "./array.ts";
import { averaging, maximum } from "./reduce.ts";
import { type WindowOptions, windowAlong } from "./window.ts";

export interface PoolingInputs {
  readonly x: Array64;
}

export interface PoolingOptions extends WindowOptions {
  readonly size: readonly [number, number];
}

/** Maximum over each window; padding takes no part. The gradient goes to the first maximum in row-major order. */
export function maxPooling(options: PoolingOptions): Reference<PoolingInputs> {
  const vjp = ({ x }: PoolingInputs, dy: Array64) => {
    const dx = zeros(x.shape).data;
    maxima(x, options)[1].forEach((xi, yi) => {
      accumulate(dx, xi, at(dy.data, yi));
    });
    return { x: dx };
  };
  return {
    forward: ({ x }) => {
      const [y, firsts] = maxima(x, options);
      firsts.forEach((xi, yi) => {
        y.data[yi] = at(x.data, xi);
      });
      return y;
    },
    vjp,
    // which element is greatest must be decided on x itself, so only dy is taken absolute
    magnitude: { forward: ({ x }) => emptyOutput(x, options), vjp: (inputs, dy) => vjp(inputs, absolute(dy)) },
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

/** Over height and width; the result without these two axes unless they are kept. Pixels with equal maxima share the
 * gradient evenly, unlike those of a sliding window. */
export function globalPooling(kind: "max" | "average", keepDims: boolean): Reference<PoolingInputs> {
  const options = { axes: [1, 2], keepDims };
  return kind === "max" ? maximum(options) : averaging(options);
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
