// What is used of TensorFlow.js, which is no dependency and so brings no types.

export interface TfTensor {
  readonly shape: readonly number[];
  readonly data: () => Promise<Float32Array>;
  readonly dispose: () => void;
}

export type Unary = (x: TfTensor) => TfTensor;
type Extents = readonly number[];

/** What is used of the library. */
export interface TensorFlow {
  readonly setBackend: (name: string) => Promise<boolean>;
  readonly ready: () => Promise<void>;
  readonly backend: () => { readonly device?: GPUDevice };
  readonly engine: () => {
    readonly runKernel: (name: string, inputs: Readonly<Record<string, TfTensor>>, attributes: object) => TfTensor;
  };
  readonly tensor: (values: Float32Array, shape: Extents) => TfTensor;
  readonly variable: (initial: TfTensor) => TfTensor;
  readonly tidy: <T>(body: () => T) => T;
  readonly dispose: (tensors: readonly TfTensor[]) => void;
  readonly grad: (f: Unary) => Unary;
  readonly customGrad: (
    f: (
      x: TfTensor,
      save: (saved: TfTensor[]) => void,
    ) => { value: TfTensor; gradFunc: (dy: TfTensor, saved: TfTensor[]) => TfTensor },
  ) => Unary;
  readonly add: (a: TfTensor, b: TfTensor) => TfTensor;
  readonly mul: (a: TfTensor, b: TfTensor) => TfTensor;
  readonly matMul: (a: TfTensor, b: TfTensor) => TfTensor;
  readonly relu: Unary;
  readonly step: Unary;
  readonly softmax: Unary;
  readonly sum: (x: TfTensor, axis?: number) => TfTensor;
  readonly mean: (x: TfTensor, axes: Extents) => TfTensor;
  readonly pad: (x: TfTensor, sides: readonly Extents[]) => TfTensor;
  readonly reshape: (x: TfTensor, shape: Extents) => TfTensor;
  readonly slice: (x: TfTensor, begin: Extents, size: Extents) => TfTensor;
  readonly maxPool: (x: TfTensor, size: number, stride: number, padding: "valid") => TfTensor;
  readonly conv2d: (
    x: TfTensor,
    filter: TfTensor,
    stride: number,
    pad: number,
    layout: "NHWC",
    dilation: number,
    rounding: "floor",
  ) => TfTensor;
  readonly fused: { readonly conv2d: (options: object) => TfTensor };
  readonly losses: { readonly softmaxCrossEntropy: (labels: TfTensor, logits: TfTensor) => TfTensor };
  readonly train: {
    readonly adam: (rate: number) => {
      readonly minimize: (loss: () => TfTensor, cost: true, variables: readonly TfTensor[]) => TfTensor;
      readonly dispose: () => void;
    };
  };
}
