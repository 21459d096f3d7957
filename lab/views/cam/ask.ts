import { classLogit, type HeatMap, mean, NotDefinedError, type Run, scale, type Tensor } from "../../../src/index.ts";

/** CAM and Grad-CAM of one class, and every number of the proof that they are one. */
export interface Defined {
  readonly kind: "defined";
  readonly layer: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly cam: HeatMap;
  readonly gradCam: HeatMap;
  /** The classifier's own weights of the class, [k]. */
  readonly weights: Float32Array;
  /** F, the mean of each channel over positions, [k]. */
  readonly pooled: Float32Array;
  /** dy/dA, [h, w, k] */
  readonly gradients: Float32Array;
  /** Z alpha, [k] */
  readonly scaled: Float32Array;
  /** Whether it is the maximum that is pooled, not the mean. */
  readonly byMaximum: boolean;
  /** max |w - Z alpha| */
  readonly residual: number;
}

/** Where CAM is not defined: why, and the map that needs no pooling. */
export interface Refused {
  readonly kind: "refused";
  readonly message: string;
  readonly gradCam: HeatMap;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** dy/dA, [h, w, k] */
  readonly gradients: Float32Array;
}

/** Asks for CAM, and for Grad-CAM at CAM's layer; where there is no such layer, for Grad-CAM at the last. */
export async function askBoth(run: Run, index: number): Promise<Defined | Refused> {
  const target = classLogit(index);
  try {
    const cam = await run.cam({ target });
    return await askProof(run, index, cam);
  } catch (error) {
    if (!(error instanceof NotDefinedError)) throw error;
    const { recording } = run;
    const { output } = recording.spatialNode(undefined);
    const [gradCam, [gradients = none]] = await Promise.all([
      run.gradCam({ target }),
      readGradient(run, index, output),
    ]);
    return { kind: "refused", message: error.message, gradCam, gradients, ...extents(output) };
  }
}

async function askProof(run: Run, index: number, cam: HeatMap): Promise<Defined> {
  const { recording } = run;
  const { features, pooled, layer } = recording.poolingHead();
  const [gradCam, [gradients = none, scaled = none], [F = none], weights] = await Promise.all([
    run.gradCam({ target: classLogit(index), layer }),
    readGradient(run, index, features),
    recording.read([pooled], copied),
    classifierWeights(run, index),
  ]);
  const residual = Math.max(...weights.map((weight, channel) => Math.abs(weight - (scaled[channel] ?? 0))));
  const byMaximum = recording.tape.nodes.some(
    ({ op, inputs }) => op.name === "global_max_pool" && inputs.x === features,
  );
  const numbers = { weights, pooled: F, gradients, scaled, residual };
  return { kind: "defined", layer, cam, gradCam, byMaximum, ...extents(features), ...numbers };
}

const none = new Float32Array(0);
const copied = (data: readonly ArrayLike<number>[]) => data.map((values) => Float32Array.from(values));

function extents({ shape }: Tensor): { width: number; height: number; channels: number } {
  const [, height = 1, width = 1, channels = 1] = shape;
  return { width, height, channels };
}

/** g = dy/dA of a class's logit, and Z times its mean over positions. */
function readGradient(run: Run, index: number, A: Tensor): Promise<Float32Array[]> {
  const { recording } = run;
  const { width, height } = extents(A);
  return recording.encode(() => {
    const [g] = recording.gradients(recording.ask([classLogit(index)]), [A]);
    if (!g) throw new Error("no gradient at the layer");
    return { tensors: [g, scale(mean(g, { axes: [1, 2] }), width * height)], finish: copied };
  });
}

/** The column of a class in the weights of the layer that gives the logits: [k, classes], of a dense layer or of a
 * convolution of one pixel. */
async function classifierWeights(run: Run, index: number): Promise<Float32Array> {
  const { tape, outputs, recording } = run;
  let node = tape.producerOf(outputs.logits);
  while (node?.op.name === "reshape" && node.inputs.x) node = tape.producerOf(node.inputs.x);
  const kernel = node?.inputs.w;
  if (!kernel) throw new Error("the classifier has no weights");
  const classes = kernel.shape.at(-1) ?? 1;
  const [all = none] = await recording.read([kernel], copied);
  return Float32Array.from({ length: all.length / classes }, (_, channel) => all[channel * classes + index] ?? 0);
}
