// What every class activation map ends in.
import { mul } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question, rowsOf } from "../question.ts";
import type { Encoded } from "../recording.ts";
import type { Provenance } from "../types.ts";

/** A method that weighs the maps of a layer. */
export type ClassMapMethod = (question: Question, node: TapeNode, options?: RuleOptions) => Promise<HeatMap[]>;

/** How a class map names itself. */
export type MapFacts = Pick<Provenance, "method" | "rule" | "options">;

/** sum_k alpha_k A_k for every row.
 * @param A     [n, h, w, k], recorded
 * @param alpha [rows, 1, 1, k] */
export function weighted(question: Question, A: Tensor, alpha: Tensor): Tensor {
  return A.engine.scope(() => sum(mul(rowsOf(question, A), alpha), { axes: [3] }));
}

/** Reads maps [rows, h, w] of a node, and their channels' weights, [rows, ..., k], where there are any. */
export function heatMaps(
  question: Question,
  node: TapeNode,
  { map, alpha, ...facts }: MapFacts & { readonly map: Tensor; readonly alpha?: Tensor },
): Encoded<HeatMap[]> {
  const [rows = 1, height = 1, width = 1] = map.shape;
  const finish = ([values, weights]: TypedData[]) =>
    Array.from({ length: rows }, (_, row) => {
      const data = rowOf(values, { row, rows });
      return new HeatMap(
        { width, height, data },
        {
          ...(weights ? { alpha: rowOf(weights, { row, rows }) } : {}),
          input: inputSize(question),
          provenance: provenanceOf(question, row, { ...facts, layer: node.label }),
        },
      );
    });
  return { tensors: alpha ? [map, alpha] : [map], finish };
}

/** One row of an array that was read. */
export function rowOf(values: TypedData | undefined, { row, rows }: { row: number; rows: number }): Float32Array {
  const size = (values?.length ?? 0) / rows;
  return Float32Array.from(values?.subarray(row * size, (row + 1) * size) ?? []);
}

export function inputSize({ run }: Question): { width: number; height: number } {
  const [, height = 1, width = 1] = nhwc(run.input.shape, "explain");
  return { width, height };
}
