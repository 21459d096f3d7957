/** A kernel that no operation uses, with everything that one dispatch of it takes. */
export interface Direct {
  readonly kernel: string;
  readonly uniforms: Readonly<Record<string, number>>;
  readonly buffers: Readonly<Record<string, Float32Array | Int32Array>>;
  /** The buffer that holds the result. */
  readonly result: string;
  readonly expected: readonly number[];
}

const untouched = -1;

function seen(x: readonly number[]): Direct {
  const mark = 7;
  return {
    kernel: "non-finite",
    uniforms: { n: x.length, mark },
    buffers: { x: Float32Array.from(x), flag: Int32Array.from([untouched, 0, 0, 0]) },
    result: "flag",
    expected: [x.every(Number.isFinite) ? untouched : mark, 0, 0, 0],
  };
}

export const directChecks: readonly Direct[] = [
  seen([1, -3.4e38, 0, 1e-40]),
  seen([1, 2, Number.NaN, 4]),
  seen([1, 2, 3, Number.NEGATIVE_INFINITY]),
  {
    kernel: "loop-canary",
    uniforms: { count: 70_000 },
    buffers: { y: Int32Array.from([0, 0, 0, 0]) },
    result: "y",
    // what is left of 1 ^ 2 ^ ... ^ n is n itself where 4 divides n
    expected: [70_000, 70_000, 0, 0],
  },
];
