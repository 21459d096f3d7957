import { type Array64, accumulate, at, extent, extents4, type Reference, sumsOfProducts, zeros } from "./array.ts";
import { type WindowOptions, windowAlong } from "./window.ts";

export interface ConvolutionInputs {
  /** [n, h, w, c] */
  readonly x: Array64;
  /** [kh, kw, c / groups, oc] */
  readonly w: Array64;
  readonly b?: Array64;
}

export interface ConvolutionOptions extends WindowOptions {
  readonly groups?: number;
}

/** Cross-correlation in groups: output channel oc sees the input channels of its group only. */
export function convolution(options: ConvolutionOptions): Reference<ConvolutionInputs> {
  return sumsOfProducts({
    forward: (inputs) => {
      const { x, w, b } = inputs;
      const y = zeros(outputShape(inputs, options));
      if (b) for (let i = 0; i < y.data.length; i++) y.data[i] = at(b.data, i % b.data.length);
      const { channels, oc, firstOf } = grouping(inputs, options);
      eachTap(inputs, options, (yi, xi, wi) => {
        for (let o = 0; o < oc; o++) {
          let sum = 0;
          for (let c = 0; c < channels; c++) sum += at(x.data, xi + firstOf(o) + c) * at(w.data, wi + c * oc + o);
          accumulate(y.data, yi + o, sum);
        }
      });
      return y;
    },
    vjp: (inputs, dy) => {
      const { x, w, b } = inputs;
      const [dx, dw] = [zeros(x.shape).data, zeros(w.shape).data];
      const { channels, oc, firstOf } = grouping(inputs, options);
      eachTap(inputs, options, (yi, xi, wi) => {
        for (let o = 0; o < oc; o++)
          for (let c = 0; c < channels; c++) {
            const [xAt, wAt] = [xi + firstOf(o) + c, wi + c * oc + o];
            accumulate(dx, xAt, at(dy.data, yi + o) * at(w.data, wAt));
            accumulate(dw, wAt, at(dy.data, yi + o) * at(x.data, xAt));
          }
      });
      if (!b) return { x: dx, w: dw };
      const db = zeros(b.shape).data;
      dy.data.forEach((value, i) => {
        accumulate(db, i % db.length, value);
      });
      return { x: dx, w: dw, b: db };
    },
  });
}

/** Weights [kh, kw, c, m]; output channel c * m + j. The same array read as [kh, kw, 1, c * m] is a convolution in
 * as many groups as there are channels. */
export function depthwiseConvolution(options: WindowOptions): Reference<ConvolutionInputs> {
  const regroup = (inputs: ConvolutionInputs): [Reference<ConvolutionInputs>, ConvolutionInputs] => {
    const [kh, kw, c, m] = extents4(inputs.w);
    return [convolution({ ...options, groups: c }), { ...inputs, w: { ...inputs.w, shape: [kh, kw, 1, c * m] } }];
  };
  const forward = (inputs: ConvolutionInputs, kind: "plain" | "magnitude") => {
    const [rule, regrouped] = regroup(inputs);
    return (kind === "plain" ? rule : rule.magnitude).forward(regrouped);
  };
  const vjp = (inputs: ConvolutionInputs, dy: Array64, kind: "plain" | "magnitude") => {
    const [rule, regrouped] = regroup(inputs);
    return (kind === "plain" ? rule : rule.magnitude).vjp(regrouped, dy);
  };
  return {
    forward: (inputs) => forward(inputs, "plain"),
    vjp: (inputs, dy) => vjp(inputs, dy, "plain"),
    magnitude: {
      forward: (inputs) => forward(inputs, "magnitude"),
      vjp: (inputs, dy) => vjp(inputs, dy, "magnitude"),
    },
  };
}

function outputShape({ x, w }: ConvolutionInputs, options: ConvolutionOptions): number[] {
  const rows = windowAlong(0, extent(x, 1), extent(w, 0), options);
  const columns = windowAlong(1, extent(x, 2), extent(w, 1), options);
  return [extent(x, 0), rows.outputs, columns.outputs, extent(w, 3)];
}

/** Channels that one output sees, outputs, and the first input channel of an output's group. */
function grouping({ w }: ConvolutionInputs, { groups = 1 }: ConvolutionOptions) {
  const [, , channels, oc] = extents4(w);
  return { channels, oc, firstOf: (o: number) => Math.floor(o / (oc / groups)) * channels };
}

/** Calls `visit` for every pixel of y and every tap that meets the picture there, with the flat indices at which that
 * pixel's channels begin in y, those of the pixel under the tap in x, and the tap's weights in w. */
function eachTap(
  inputs: ConvolutionInputs,
  options: ConvolutionOptions,
  visit: (yi: number, xi: number, wi: number) => void,
): void {
  const { x, w } = inputs;
  const [n, h, width, c] = extents4(x);
  const [kh, kw, channels, oc] = extents4(w);
  const [, oh = 0, ow = 0] = outputShape(inputs, options);
  const rows = windowAlong(0, h, kh, options);
  const columns = windowAlong(1, width, kw, options);
  for (let ni = 0; ni < n; ni++)
    for (let ohi = 0; ohi < oh; ohi++)
      for (let owi = 0; owi < ow; owi++)
        for (let khi = 0; khi < kh; khi++)
          for (let kwi = 0; kwi < kw; kwi++) {
            const hi = rows.index(ohi, khi);
            const wi = columns.index(owi, kwi);
            if (hi < 0 || hi >= h || wi < 0 || wi >= width) continue;
            const pixel = (ni * oh + ohi) * ow + owi;
            visit(pixel * oc, ((ni * h + hi) * width + wi) * c, (khi * kw + kwi) * channels * oc);
          }
}
