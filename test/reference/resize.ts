import { type Array64, absolute, accumulate, at, extents4, type Reference, type Rule, zeros } from "./array.ts";

export interface ResizeOptions {
  readonly height: number;
  readonly width: number;
  readonly method: "half-pixel" | "align-corners" | "nearest";
}

interface Inputs {
  readonly x: Array64;
}

/** A source index and its weight. */
type Tap = readonly [index: number, weight: number];

/** tf.image.resize (half-pixel centres, no antialiasing) and its align_corners and nearest relatives.
 * A GPU works out the position of a sample in float32, and so may move a little weight to a neighbour that should get
 * none: errors are measured by the greatest value of the picture, and the row's K counts the extents. */
export function resizing(options: ResizeOptions): Reference<Inputs> {
  const rule: Rule<Inputs> = {
    forward: ({ x }) => {
      const y = zeros(outputShape(x, options));
      visit(x, options, (yi, xi, weight) => accumulate(y.data, yi, weight * at(x.data, xi)));
      return y;
    },
    vjp: ({ x }, dy) => {
      const dx = zeros(x.shape).data;
      visit(x, options, (yi, xi, weight) => accumulate(dx, xi, weight * at(dy.data, yi)));
      return { x: dx };
    },
  };
  const nearest = options.method === "nearest";
  const largest = (data: Float64Array) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    ...rule,
    magnitude: {
      forward: ({ x }) => {
        const y = zeros(outputShape(x, options));
        return { data: y.data.fill(nearest ? 0 : largest(x.data)), shape: y.shape };
      },
      vjp: (inputs, dy) => {
        const sums = rule.vjp(inputs, absolute(dy));
        const dx = sums.x ?? new Float64Array();
        return { x: nearest ? dx : dx.fill(largest(dx)) };
      },
    },
  };
}

function outputShape(x: Array64, { height, width }: ResizeOptions): number[] {
  const [n, , , c] = extents4(x);
  return [n, height, width, c];
}

function visit(x: Array64, options: ResizeOptions, pair: (yi: number, xi: number, weight: number) => void): void {
  const [n, h, w, c] = extents4(x);
  const { height, width, method } = options;
  const rows = Array.from({ length: height }, (_, i) => taps(i, h, height, method));
  const columns = Array.from({ length: width }, (_, i) => taps(i, w, width, method));
  for (let ni = 0; ni < n; ni++)
    rows.forEach((rowTaps, oh) => {
      columns.forEach((columnTaps, ow) => {
        for (const [hi, rowWeight] of rowTaps)
          for (const [wi, columnWeight] of columnTaps)
            for (let ci = 0; ci < c; ci++) {
              const yi = ((ni * height + oh) * width + ow) * c + ci;
              pair(yi, ((ni * h + hi) * w + wi) * c + ci, rowWeight * columnWeight);
            }
      });
    });
}

function taps(i: number, input: number, output: number, method: ResizeOptions["method"]): Tap[] {
  if (method === "nearest") {
    // TensorFlow computes this in float32, and where the product is a whole number that decides the outcome
    const scale = Math.fround(Math.fround(input) / Math.fround(output));
    return [[Math.min(Math.floor(Math.fround((i + 0.5) * scale)), input - 1), 1]];
  }
  const centred = ((i + 0.5) * input) / output - 0.5;
  const corners = output > 1 ? (i * (input - 1)) / (output - 1) : 0;
  const position = Math.min(Math.max(method === "half-pixel" ? centred : corners, 0), input - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, input - 1);
  return [
    [low, 1 - (position - low)],
    [high, position - low],
  ];
}
