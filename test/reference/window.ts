// Where sliding windows lie, by TensorFlow's definitions (tf.nn.convolution, "Notes on padding").

export type WindowPadding = "same" | "valid" | readonly [readonly [number, number], readonly [number, number]];

export interface WindowOptions {
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  readonly padding?: WindowPadding;
}

export interface Window {
  readonly outputs: number;
  /** Index in the input that tap k of output o meets; negative or too large where it meets padding. */
  readonly index: (o: number, k: number) => number;
}

/** One axis (0 = rows, 1 = columns) of a sliding window. */
export function windowAlong(axis: 0 | 1, input: number, taps: number, options: WindowOptions): Window {
  const stride = along(axis, options.stride ?? 1);
  const dilation = along(axis, options.dilation ?? 1);
  const padding = options.padding ?? "valid";
  const reach = (taps - 1) * dilation + 1;
  let before = 0;
  let outputs: number;
  if (padding === "same") {
    outputs = Math.ceil(input / stride);
    before = Math.floor(Math.max((outputs - 1) * stride + reach - input, 0) / 2);
  } else if (padding === "valid") outputs = Math.ceil((input - reach + 1) / stride);
  else {
    before = padding[axis][0];
    outputs = Math.floor((input + before + padding[axis][1] - reach) / stride) + 1;
  }
  return { outputs, index: (o, k) => o * stride + k * dilation - before };
}

function along(axis: 0 | 1, value: number | readonly [number, number]): number {
  return typeof value === "number" ? value : value[axis];
}
