/** The public interface of Backlight, for Deno, Node and browsers. */

export { blobSource } from "../weights/blob-source.ts";
export { BlobSink, type ByteSink } from "../weights/byte-sink.ts";
export { type ByteSource, bytesSource } from "../weights/byte-source.ts";
export { imagenetNames } from "../weights/imagenet.ts";
export { type LoadModelOptions, type LoadOptions, loadModel, loadWeights } from "../weights/load.ts";
export type { ModelSource } from "../weights/model-source.ts";
export { type NpyArray, type NpyData, npyToFloat32, readNpy, writeNpy } from "../weights/npy.ts";
export { type KnownFile, knownFiles } from "../weights/registry.ts";
export { type SaveFormat, type SaveOptions, saveModel, saveModelTo } from "../weights/save.ts";
export * from "./autograd/format.ts";
export {
  allOps,
  defineOp,
  type Gradients,
  type Inputs,
  type Op,
  type OpSpec,
  type Recorded,
  type TypedOp,
  type Vjp,
} from "./autograd/op.ts";
export {
  celu,
  elu,
  exponential,
  gelu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  logSigmoid,
  mish,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
  threshold,
} from "./autograd/ops/activation-functions.ts";
export {
  leakyRelu,
  logSoftmax,
  type ReluOptions,
  relu,
  type SoftmaxOptions,
  sigmoid,
  softmax,
} from "./autograd/ops/activations.ts";
export { add, div, maximum, minimum, mul, prelu, scale, sub } from "./autograd/ops/arithmetic.ts";
export { type ChannelNumbers, channelAffine } from "./autograd/ops/channel-affine.ts";
export { type ConvTransposeOptions, conv2dTranspose } from "./autograd/ops/conv-transpose.ts";
export { type ConvOptions, conv2d } from "./autograd/ops/convolution.ts";
export { dense } from "./autograd/ops/dense.ts";
export { depthwiseConv2d } from "./autograd/ops/depthwise.ts";
export { glu } from "./autograd/ops/glu.ts";
export { groupNorm, layerNorm, type NormParameters, rmsNorm, unitNorm } from "./autograd/ops/group-norm.ts";
export { concat, flatten, reshape, zeroPad2d } from "./autograd/ops/layout.ts";
export { type MatmulOptions, matmul } from "./autograd/ops/matmul.ts";
export { type BatchNormParameters, batchNorm } from "./autograd/ops/normalization.ts";
export { crop2d, permute, type SliceOptions, slice } from "./autograd/ops/permute.ts";
export { avgPool2d, globalAvgPool, globalMaxPool, maxPool2d, type PoolOptions } from "./autograd/ops/pooling.ts";
export { argMax, max, mean, oneHot, type ReduceOptions, sum } from "./autograd/ops/reduce.ts";
export { type ResizeOptions as TensorResizeOptions, resize2d } from "./autograd/ops/resize.ts";
export { type SparsemaxOptions, sparsemax } from "./autograd/ops/sparsemax.ts";
export { rowStatistics, type Statistics, statisticsOf } from "./autograd/ops/statistics.ts";
export type { Padding, Pair, Sides } from "./autograd/ops/window.ts";
export { backwardRules, type RuleName } from "./autograd/rules.ts";
export { type BackwardOptions, type Rules, Tape, type TapeNode } from "./autograd/tape.ts";
export * from "./errors.ts";
export { explain, type MapOptions, type Picture, Run } from "./explain/explain.ts";
export { HeatMap, type PostProcessing, type RenderOptions } from "./explain/heat-map.ts";
export { channel, maxOverChannels, spatial } from "./explain/layer-targets.ts";
export { type ModelInputOptions, modelInput } from "./explain/model-input.ts";
export type { Outputs } from "./explain/outputs.ts";
export { PixelMap, type SaliencyKind } from "./explain/pixel-map.ts";
export type { Answer, TargetOptions } from "./explain/question.ts";
export { type LayerChoice, Recording } from "./explain/recording.ts";
export {
  classLogit,
  classProbability,
  difference,
  multiLabel,
  negative,
  regression,
  type Scalar,
  segmentation,
  type Target,
  type TargetContext,
  topClass,
} from "./explain/targets.ts";
export type { Prediction, Provenance } from "./explain/types.ts";
export { type ColormapName, colorize, colormapTable } from "./image/colormap.ts";
export { type ContactSheetItem, type ContactSheetOptions, contactSheet, drawText } from "./image/contact-sheet.ts";
export { type DecodeOptions, decodeImage, defaultMaxPixels } from "./image/decode.ts";
export { type ApngOptions, encodeApng, encodePng } from "./image/encode.ts";
export { setJpegWasm } from "./image/jpeg-wasm.ts";
export {
  type DeprocessOptions,
  deprocess,
  type NormalizedMap,
  type NormalizeOptions,
  normalizeMap,
} from "./image/normalize.ts";
export { applyOrientation, type Orientation, readOrientation } from "./image/orient.ts";
export type { Gray16 } from "./image/png-decode.ts";
export {
  type PreprocessMode,
  type PreprocessOptions,
  type PreprocessSpec,
  preprocess,
  preprocessSpecs,
} from "./image/preprocess.ts";
export {
  type DrawBoxOptions,
  drawBox,
  type OverlayOptions,
  overlay,
  paste,
  type SideBySideOptions,
  sideBySide,
  solid,
} from "./image/render.ts";
export { cropCenter, type ResizeMethod, type ResizeOptions, resizeImage } from "./image/resize.ts";
export { type MapResizeMethod, type MapResizeOptions, resizeMap } from "./image/resize-map.ts";
export type { Box, FloatMap, Image, Rgb, Size } from "./image/types.ts";
export { type AnyKernel, allKernels, shaderOf } from "./kernels/define.ts";
export type { EngineEvents } from "./kernels/events.ts";
export type { ProfileEntry, RuntimeCounts } from "./kernels/runtime.ts";
export { type Application, application, applicationConfig, applications } from "./nn/applications/application.ts";
export type { ApplicationOptions } from "./nn/applications/builder.ts";
export { type ResNet50Options, resnet50, resnet50Config } from "./nn/applications/resnet50.ts";
export { vgg16, vgg16Config } from "./nn/applications/vgg16.ts";
export type { CustomLayer, CustomLayers } from "./nn/custom-layer.ts";
export type { Layer } from "./nn/graph.ts";
export type { LayerShape, WeightSpec } from "./nn/layer.ts";
export { type ForwardOptions, Model, type ModelOptions, type ModelPreprocessing, type WeightSlot } from "./nn/model.ts";
export type { ModelInputs } from "./nn/model-inputs.ts";
export type { ParameterCounts, SummaryRow } from "./nn/summary.ts";
export { type AdapterReport, Engine, type EngineOptions, type MemoryReport, scope } from "./tensor/engine.ts";
export type { Shape } from "./tensor/shape.ts";
export { type DType, Tensor, type TypedData } from "./tensor/tensor.ts";
