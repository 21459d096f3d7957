import { mul } from "../../autograd/ops/arithmetic.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { nhwc } from "../../tensor/shape.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import { inputSize, type MapFacts, rowOf } from "./class-maps.ts";
import { firstRightSingularVector } from "./eigenvector.ts";
import { walkOf } from "./gradient.ts";
import { layerGradient } from "./layer-gradient.ts";

export interface EigenCamOptions {
  /** Takes each channel's mean over positions away before, as pytorch-grad-cam: the map then shows what differs from place
   * to place and holds as much below 0 as above. False unless given, as in the paper. */
  readonly centred?: boolean | undefined;
}

/** The layer's output projected on its first right singular vector: what its channels have most in common, whatever the
 * target. Of the two signs the one with the larger positive mass is taken; `alpha` is the vector.
 * @see Muhammad and Yeasin 2020, "Eigen-CAM" */
export function eigenCam(question: Question, node: TapeNode, options: EigenCamOptions = {}): Promise<HeatMap[]> {
  const { centred = false } = options;
  const { run, targets } = question;
  const facts = { method: "eigencam", rule: "none", options: { centred } };
  return run.read([node.output], ([A]) => {
    const rows = run.pictures;
    const maps = Array.from({ length: rows }, (_, row) => projected(node, rowOf(A, { row, rows }), centred));
    // the same map for every target
    return targets.flatMap((_, t) =>
      maps.map((map, i) => heatMap(question, node, { map, row: t * rows + i, ...facts })),
    );
  });
}

/** The gradient times the layer's output, element by element, projected on its first right singular vector; sign and
 * `alpha` as in Eigen-CAM. */
export function eigenGradCam(
  question: Question,
  node: TapeNode,
  { centred = false, ...options }: EigenCamOptions & RuleOptions = {},
): Promise<HeatMap[]> {
  const { run, targets } = question;
  const walk = walkOf("eigengradcam", "gradient", options);
  const facts = { method: walk.method, rule: walk.rule, options: { centred, ...walk.options } };
  return run.encode(() => {
    const { A, g } = layerGradient(question, node, { method: walk.method, ...options });
    const rows = targets.length * run.pictures;
    return {
      tensors: [mul(g, A)],
      finish: ([products]) =>
        Array.from({ length: rows }, (_, row) => {
          const map = projected(node, rowOf(products, { row, rows }), centred);
          return heatMap(question, node, { map, row, ...facts });
        }),
    };
  });
}

export interface Projection {
  /** [h, w] */
  readonly data: Float32Array;
  /** [k] */
  readonly direction: Float32Array;
}

/** Values projected on their first right singular vector, one number for each position.
 * @param values [h, w, k], of the node's size */
export function projected({ output, label }: TapeNode, values: Float32Array, centred: boolean): Projection {
  const [, height, width, channels] = nhwc(output.shape, label);
  const positions = height * width;
  const matrix = new Float64Array(values);
  if (centred) centre(matrix, channels);
  const direction = firstRightSingularVector(matrix, positions, channels);
  const data = new Float32Array(positions);
  for (let position = 0; position < positions; position++) {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += (matrix[position * channels + k] ?? 0) * (direction[k] ?? 0);
    data[position] = sum;
  }
  return { data, direction: Float32Array.from(direction) };
}

/** Takes the mean of each column away, in place. */
function centre(matrix: Float64Array, columns: number): void {
  const rows = matrix.length / columns;
  for (let k = 0; k < columns; k++) {
    let sum = 0;
    for (let i = k; i < matrix.length; i += columns) sum += matrix[i] ?? 0;
    for (let i = k; i < matrix.length; i += columns) matrix[i] = (matrix[i] ?? 0) - sum / rows;
  }
}

function heatMap(
  question: Question,
  node: TapeNode,
  { map, row, method, rule, options }: MapFacts & { readonly map: Projection; readonly row: number },
): HeatMap {
  const [, height, width] = nhwc(node.output.shape, method);
  const about = { method, rule, layer: node.label, options: { ...options, sign: "larger positive mass" } };
  return new HeatMap(
    { width, height, data: map.data },
    { alpha: map.direction, input: inputSize(question), provenance: provenanceOf(question, row, about) },
  );
}
