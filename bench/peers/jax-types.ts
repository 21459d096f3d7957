// What is used of jax-js, which is no dependency and so brings no types.

/** Operations take over their operands: whoever needs one again hands out `.ref`. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  readonly add: (other: JaxArray) => JaxArray;
  readonly sub: (other: JaxArray) => JaxArray;
  readonly mul: (other: JaxArray | number) => JaxArray;
  readonly div: (other: JaxArray) => JaxArray;
  readonly greater: (other: number) => JaxArray;
  readonly sum: (axes?: number | readonly number[]) => JaxArray;
  readonly mean: (axes: readonly number[]) => JaxArray;
  readonly reshape: (shape: readonly number[]) => JaxArray;
  readonly transpose: () => JaxArray;
  readonly slice: (...ranges: (readonly number[])[]) => JaxArray;
  readonly data: () => Promise<Float32Array>;
  readonly dispose: () => void;
}

/** What functions under `jit` take and give. */
export type JaxTree = JaxArray | readonly JaxTree[] | { readonly [name: string]: JaxTree };

/** What is compiled is kept until it is disposed. */
export type Jitted<A extends readonly JaxTree[], R extends JaxTree> = ((...args: A) => R) & {
  readonly dispose: () => void;
};

export interface Jax {
  readonly init: (...devices: readonly string[]) => Promise<readonly string[]>;
  readonly defaultDevice: (device: string) => void;
  readonly getWebGPUDevice: () => GPUDevice;
  readonly jit: <A extends readonly JaxTree[], R extends JaxTree>(f: (...args: A) => R) => Jitted<A, R>;
  readonly grad: (f: (x: JaxArray) => JaxArray) => (x: JaxArray) => JaxArray;
  readonly valueAndGrad: <P extends JaxTree>(f: (parameters: P) => JaxArray) => (parameters: P) => [JaxArray, P];
  readonly blockUntilReady: <T extends JaxTree>(tree: T) => Promise<T>;
  readonly tree: {
    readonly ref: <T extends JaxTree>(tree: T) => T;
    readonly dispose: (tree: JaxTree) => void;
    readonly map: <T extends JaxTree>(f: (...leaves: JaxArray[]) => JaxArray, tree: T, ...rest: readonly T[]) => T;
  };
  readonly numpy: {
    readonly array: (values: Float32Array | readonly number[]) => JaxArray;
    readonly zeros: (shape: readonly number[]) => JaxArray;
    readonly dot: (a: JaxArray, b: JaxArray) => JaxArray;
    readonly pad: (x: JaxArray, sides: readonly (readonly number[])[]) => JaxArray;
    readonly where: (condition: JaxArray, a: JaxArray, b: number) => JaxArray;
    readonly concatenate: (pieces: readonly JaxArray[], axis: number) => JaxArray;
    readonly sqrt: (x: JaxArray) => JaxArray;
    readonly square: (x: JaxArray) => JaxArray;
    readonly max: unknown;
  };
  readonly lax: {
    readonly convGeneralDilated: (
      x: JaxArray,
      kernel: JaxArray,
      strides: readonly number[],
      padding: readonly (readonly number[])[],
    ) => JaxArray;
    readonly reduceWindow: (
      x: JaxArray,
      reduction: unknown,
      window: readonly number[],
      strides: readonly number[],
    ) => JaxArray;
  };
  readonly nn: {
    readonly relu: (x: JaxArray) => JaxArray;
    readonly softmax: (x: JaxArray) => JaxArray;
    readonly logSoftmax: (x: JaxArray) => JaxArray;
  };
}
