/** The public interface of Backlight, for Deno, Node and browsers. */

export { blobSource } from "../weights/blob-source.ts";
export { BlobSink, type ByteSink } from "../weights/byte-sink.ts";
export { type ByteSource, bytesSource } from "../weights/byte-source.ts";
export { assertSameModel, type Checkpoint, readCheckpoint, writeCheckpoint } from "../weights/checkpoint.ts";
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
export {
  type BatchNormTrainingParameters,
  batchMoments,
  batchNormTraining,
  moveAverage,
} from "./autograd/ops/batch-norm-training.ts";
export { type ChannelNumbers, channelAffine } from "./autograd/ops/channel-affine.ts";
export { type ConvTransposeOptions, conv2dTranspose } from "./autograd/ops/conv-transpose.ts";
export { type ConvOptions, conv2d } from "./autograd/ops/convolution.ts";
export { dense } from "./autograd/ops/dense.ts";
export { depthwiseConv2d } from "./autograd/ops/depthwise.ts";
export { type DropoutOptions, dropout } from "./autograd/ops/dropout.ts";
export { glu } from "./autograd/ops/glu.ts";
export { groupNorm, layerNorm, type NormParameters, rmsNorm, unitNorm } from "./autograd/ops/group-norm.ts";
export { concat, flatten, reshape, zeroPad2d } from "./autograd/ops/layout.ts";
export { type MatmulOptions, matmul } from "./autograd/ops/matmul.ts";
export { type BatchNormParameters, batchNorm } from "./autograd/ops/normalization.ts";
export { crop2d, permute, type SliceOptions, slice } from "./autograd/ops/permute.ts";
export { avgPool2d, globalAvgPool, globalMaxPool, maxPool2d, type PoolOptions } from "./autograd/ops/pooling.ts";
export { quantile } from "./autograd/ops/quantile.ts";
export { stabilizedQuotient } from "./autograd/ops/quotient.ts";
export { argMax, max, mean, oneHot, type ReduceOptions, sum } from "./autograd/ops/reduce.ts";
export { type ResizeOptions as TensorResizeOptions, resize2d } from "./autograd/ops/resize.ts";
export { type SparsemaxOptions, sparsemax } from "./autograd/ops/sparsemax.ts";
export { rowStatistics, type Statistics, statisticsOf } from "./autograd/ops/statistics.ts";
export { type RescaleOptions, rescaledTerms, termRange } from "./autograd/ops/terms.ts";
export type { Padding, Pair, Sides } from "./autograd/ops/window.ts";
export { backwardRules, type RuleName, type RuleOptions, rectGradRules, rulesOf } from "./autograd/rules.ts";
export {
  type BackwardOptions,
  type NodeRule,
  type Rules,
  Tape,
  type TapeNode,
  type TapeOptions,
} from "./autograd/tape.ts";
export { type TunedPlace, type TuneOptions, type Tuning, tune, useTuning } from "./autograd/tune.ts";
export * from "./errors.ts";
export { type ExplainOptions, explain, type Picture, Run } from "./explain/explain.ts";
export type { Attribution } from "./explain/faithfulness/attribution.ts";
export { averageDrop, type Drop, type DropOptions } from "./explain/faithfulness/average-drop.ts";
export type { BlankPicture, Samples } from "./explain/faithfulness/baseline.ts";
export type { Curve, CurveOptions, CurvePoint } from "./explain/faithfulness/curve.ts";
export { deletion } from "./explain/faithfulness/deletion.ts";
export { type ImputeOptions, imputed } from "./explain/faithfulness/impute.ts";
export { type Infidelity, type InfidelityOptions, infidelity } from "./explain/faithfulness/infidelity.ts";
export { insertion } from "./explain/faithfulness/insertion.ts";
export { maxSensitivity, type Sensitivity, type SensitivityOptions } from "./explain/faithfulness/max-sensitivity.ts";
export type { ManyMethod, TargetMethod } from "./explain/faithfulness/method.ts";
export { type Averaged, MetricStream, type MetricSummary } from "./explain/faithfulness/metric-stream.ts";
export {
  parameterRandomisation,
  type Randomisation,
  type RandomisationOptions,
  type RandomisedLayer,
} from "./explain/faithfulness/randomisation.ts";
export { rankCorrelation } from "./explain/faithfulness/rank-correlation.ts";
export { type Replacements, Rerecorded } from "./explain/faithfulness/rerecord.ts";
export { type Road, type RoadOptions, type RoadPoint, road } from "./explain/faithfulness/road.ts";
export { type SsimOptions, ssim } from "./explain/faithfulness/ssim.ts";
export { type ScoreOptions, topProbability } from "./explain/faithfulness/subject.ts";
export type { FlowOptions } from "./explain/flow.ts";
export { type AlphaFacts, Flow, type FlowNode } from "./explain/flow-table.ts";
export { HeatMap, type PostProcessing, type RenderOptions } from "./explain/heat-map.ts";
export { channel, maxOverChannels, spatial } from "./explain/layer-targets.ts";
export { boxAccuracy, meanIou } from "./explain/localisation/box-accuracy.ts";
export { type BoxTable, type LabelledBox, readBoxes } from "./explain/localisation/box-files/box-file.ts";
export { type BoxesOptions, boxesOf, type Region } from "./explain/localisation/boxes.ts";
export { energyPointing } from "./explain/localisation/energy.ts";
export { bestIou, iou } from "./explain/localisation/iou.ts";
export {
  MaxBoxAcc,
  type MaxBoxAccState,
  type MaxBoxAccSummary,
  type TauCurve,
  type TauRanges,
} from "./explain/localisation/max-box-acc.ts";
export { MeanMetric, type MeanState } from "./explain/localisation/mean-metric.ts";
export { oquabRule } from "./explain/localisation/oquab.ts";
export { pointingGame } from "./explain/localisation/pointing.ts";
export type { LocalisationSample } from "./explain/localisation/sample.ts";
export {
  type BiasShare,
  type Composite,
  type CompositeName,
  compositeNames,
} from "./explain/lrp/composites.ts";
export {
  alphaBetaRule,
  type Bound,
  epsilonRule,
  flatRule,
  gammaRule,
  type LrpRule,
  wSquareRule,
  zBoxRule,
  zPlusRule,
} from "./explain/lrp/rules.ts";
export type { EigenCamOptions } from "./explain/methods/eigen-cam.ts";
export type { FullGradOptions } from "./explain/methods/full-grad.ts";
export type { GradCamPlusPlusOptions } from "./explain/methods/grad-cam-plus-plus.ts";
export type { ClassMapName } from "./explain/methods/guided-cam.ts";
export type { Baseline, IntegratedGradientsOptions } from "./explain/methods/integrated-gradients.ts";
export type { LrpOptions } from "./explain/methods/lrp.ts";
export type { OcclusionOptions } from "./explain/methods/occlusion.ts";
export type { QuadratureName } from "./explain/methods/quadrature.ts";
export type { RectGradOptions } from "./explain/methods/rect-grad.ts";
export type { RiseOptions } from "./explain/methods/rise.ts";
export type { ScoreCamOptions } from "./explain/methods/score-cam.ts";
export type { NoiseOptions, SmoothGradKind, SmoothGradOptions } from "./explain/methods/smooth-grad.ts";
export type { SweepOptions } from "./explain/methods/sweep.ts";
export type { PassOptions } from "./explain/methods/versions.ts";
export { type ModelInputOptions, modelInput } from "./explain/model-input.ts";
export { PixelMap, type PixelRenderOptions, type SaliencyKind } from "./explain/pixel-map.ts";
export type { Answer, TargetOptions } from "./explain/question.ts";
export { type LayerChoice, Recording } from "./explain/recording.ts";
export { type DrawableCanvas, type Over, Rendered } from "./explain/rendered.ts";
export type { MapOptions } from "./explain/run-class-maps.ts";
export type { GradientOptions } from "./explain/run-pixels.ts";
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
export { type AugmentedOptions, augmented } from "./explain/wrappers/augmented.ts";
export { type EigenSmoothedOptions, eigenSmoothed } from "./explain/wrappers/eigen-smoothed.ts";
export { type FusedOptions, fused } from "./explain/wrappers/fused.ts";
export type { Method, WrapperOptions } from "./explain/wrappers/method.ts";
export { type SmoothedOptions, smoothed } from "./explain/wrappers/smoothed.ts";
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
export { digitNames, type MnistNet, mnist, mnistConfig, mnistNets } from "./nn/applications/mnist.ts";
export { type ResNet50Options, resnet50, resnet50Config } from "./nn/applications/resnet50.ts";
export { vgg16, vgg16Config } from "./nn/applications/vgg16.ts";
export type { CustomLayer, CustomLayers } from "./nn/custom-layer.ts";
export type { Layer } from "./nn/graph.ts";
export type { LayerShape, WeightSpec } from "./nn/layer.ts";
export { type ForwardOptions, Model, type ModelOptions, type ModelPreprocessing, type WeightSlot } from "./nn/model.ts";
export type { ModelInputs } from "./nn/model-inputs.ts";
export { findOutputs, type Outputs } from "./nn/outputs.ts";
export type { ParameterCounts, SummaryRow } from "./nn/summary.ts";
export { initialize, type TrainableWeight, trainableWeights } from "./nn/trainable.ts";
export type { Observation, TrainingPass } from "./nn/training.ts";
export { gaussian, type Seed, uniform } from "./random.ts";
export { type AdapterReport, Engine, type EngineOptions, type MemoryReport, scope } from "./tensor/engine.ts";
export type { Shape } from "./tensor/shape.ts";
export { type DType, Tensor, type TypedData } from "./tensor/tensor.ts";
export {
  type AcolMap,
  type AcolOptions,
  acolLoss,
  acolMaps,
  type EraseOptions,
  withAcolHeads,
} from "./train/acol.ts";
export { type AffineOptions, affineTransform, type Fill } from "./train/data/affine.ts";
export { type ArrayDatasetOptions, arrayDataset } from "./train/data/arrays.ts";
export { type AugmentOptions, augmentation } from "./train/data/augment.ts";
export { type Augment, type Batch, type BatchOptions, batchCount, batches } from "./train/data/batches.ts";
export { type CsvOptions, csvDataset } from "./train/data/csv.ts";
export type { Dataset, Sample } from "./train/data/dataset.ts";
export {
  type BadFile,
  type FolderDataset,
  type FolderOptions,
  folderDataset,
  type ImageFile,
} from "./train/data/folder.ts";
export { idxDataset } from "./train/data/idx.ts";
export {
  type Scene,
  type ShapesDataset,
  type ShapesObject,
  type ShapesOptions,
  shapesClasses,
  shapesDataset,
} from "./train/data/shapes/shapes.ts";
export { type SplitOptions, type Subset, split, subset } from "./train/data/subset.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./train/evaluate.ts";
export * from "./train/fit.ts";
export { type GradientQuestion, type LossAndGradients, lossAndGradients } from "./train/gradients.ts";
export { type HeadName, type HeadOptions, withHead } from "./train/heads.ts";
export type { Loss, LossName, LossPass } from "./train/loss-names.ts";
export * from "./train/losses.ts";
export { Accuracy } from "./train/metrics/accuracy.ts";
export { averagePrecision, MeanAveragePrecision } from "./train/metrics/average-precision.ts";
export { type ClassReport, ConfusionMatrix } from "./train/metrics/confusion-matrix.ts";
export type { Metric } from "./train/metrics/metric.ts";
export { type AdamOptions, adam, adamW } from "./train/optimizers/adam.ts";
export type { Optimizer, OptimizerOptions, OptimizerState } from "./train/optimizers/optimizer.ts";
export { type RmsPropOptions, rmsProp } from "./train/optimizers/rms-prop.ts";
export { type SgdOptions, sgd } from "./train/optimizers/sgd.ts";
export type { SavedWeight } from "./train/saved-weights.ts";
export { cosineDecay, type Schedule, stepDecay, warmUp } from "./train/schedules.ts";
export { type StepResult, Trainer, type TrainerOptions, type TrainerState } from "./train/trainer.ts";
