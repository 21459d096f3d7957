import { type Array64, accumulate, at, extents4, type Reference, sumsOfProducts, zeros } from "./array.ts";

export interface ConvTransposeInputs {
  /** [n, h, w, c] */
  readonly x: Array64;
  /** [kh, kw, oc, c] */
  readonly w: Array64;
  readonly b?: Array64;
}

export interface ConvTransposeRule {
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: "same" | "valid";
  readonly outputPadding?: readonly [number, number];
}

/** Every input pixel lays the window, times its value, on the output; what falls outside is lost. Sizes by Keras'
 * deconv_output_length, the first row lost by TensorFlow's padding of the convolution that leads back. */
export function transposedConvolution(rule: ConvTransposeRule): Reference<ConvTransposeInputs> {
  const { stride = [1, 1], dilation = [1, 1], padding = "valid", outputPadding } = rule;
  const along = (axis: 0 | 1, n: number, size: number) => {
    const reach = (size - 1) * dilation[axis] + 1;
    const more = outputPadding?.[axis];
    const whole = n * stride[axis] + (padding === "valid" ? Math.max(reach - stride[axis], 0) : 0);
    const lost = padding === "valid" ? 0 : 2 * Math.floor(reach / 2);
    const outputs = more === undefined ? whole : (n - 1) * stride[axis] + reach - lost + more;
    const before = padding === "valid" ? 0 : Math.floor(Math.max((n - 1) * stride[axis] + reach - outputs, 0) / 2);
    return { outputs, at: (i: number, k: number) => i * stride[axis] + k * dilation[axis] - before };
  };
  const visit = ({ x, w }: ConvTransposeInputs, product: (yi: number, xi: number, wi: number) => void) => {
    const [n, h, wide, c] = extents4(x);
    const [kh, kw, oc] = extents4(w);
    const rows = along(0, h, kh);
    const columns = along(1, wide, kw);
    for (let pixel = 0; pixel < n * h * wide; pixel++)
      for (let tap = 0; tap < kh * kw; tap++) {
        const row = rows.at(Math.floor(pixel / wide) % h, Math.floor(tap / kw));
        const column = columns.at(pixel % wide, tap % kw);
        if (row < 0 || row >= rows.outputs || column < 0 || column >= columns.outputs) continue;
        const to = (Math.floor(pixel / (h * wide)) * rows.outputs + row) * columns.outputs + column;
        for (let o = 0; o < oc; o++)
          for (let i = 0; i < c; i++) product(to * oc + o, pixel * c + i, (tap * oc + o) * c + i);
      }
  };
  return sumsOfProducts({
    forward: (inputs) => {
      const [n, h, wide] = extents4(inputs.x);
      const [kh, kw, oc] = extents4(inputs.w);
      const y = zeros([n, along(0, h, kh).outputs, along(1, wide, kw).outputs, oc]);
      const { b } = inputs;
      if (b) for (let i = 0; i < y.data.length; i++) y.data[i] = at(b.data, i % oc);
      visit(inputs, (yi, xi, wi) => accumulate(y.data, yi, at(inputs.x.data, xi) * at(inputs.w.data, wi)));
      return y;
    },
    vjp: (inputs, dy) => {
      const [x, w] = [zeros(inputs.x.shape).data, zeros(inputs.w.shape).data];
      visit(inputs, (yi, xi, wi) => {
        accumulate(x, xi, at(dy.data, yi) * at(inputs.w.data, wi));
        accumulate(w, wi, at(dy.data, yi) * at(inputs.x.data, xi));
      });
      if (!inputs.b) return { x, w };
      const b = zeros(inputs.b.shape).data;
      dy.data.forEach((value, i) => {
        accumulate(b, i % b.length, value);
      });
      return { x, w, b };
    },
  });
}
