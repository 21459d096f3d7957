// The numbers that every library is given: hashes of names, as in test/golden/README.md.
import { hashWeight } from "../../test/support/hash-weights.ts";
import type { Network } from "./network.ts";
import { type Conv, outputExtents, trainingBatch } from "./workloads.ts";

/** Values in order, channels last. */
export interface Values {
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

function hashed(layer: string, role: "kernel" | "seed" | "input", shape: readonly number[]): Values {
  return { values: hashWeight(layer, role, shape), shape };
}

/** Input, filter [k, k, c, oc], and a gradient at the output. */
export function convInputs(conv: Conv): { readonly x: Values; readonly filter: Values; readonly dy: Values } {
  const { h, w, c, oc, k } = conv;
  return {
    x: hashed("x", "seed", [1, h, w, c]),
    filter: hashed("filter", "kernel", [k, k, c, oc]),
    dy: hashed("dy", "seed", [1, ...outputExtents(conv), oc]),
  };
}

export function denseInputs(inputs: number, outputs: number): { readonly x: Values; readonly filter: Values } {
  return { x: hashed("x", "seed", [1, inputs]), filter: hashed("filter", "kernel", [inputs, outputs]) };
}

/** One picture, [1, h, w, c]. */
export function pictureFor({ name, input }: Pick<Network, "name" | "input">): Values {
  return hashed(name, "input", [1, ...input]);
}

/** A batch for the MNIST network: pictures [n, 28, 28, 1], their labels, and these as rows with a 1 each. */
export function trainingInputs(): { readonly x: Values; readonly labels: Int32Array; readonly oneHot: Values } {
  const classes = 10;
  const labels = Int32Array.from({ length: trainingBatch }, (_, i) => i % classes);
  const values = new Float32Array(trainingBatch * classes);
  for (const [row, label] of labels.entries()) values[row * classes + label] = 1;
  return {
    x: hashed("mnist", "seed", [trainingBatch, 28, 28, 1]),
    labels,
    oneHot: { values, shape: [trainingBatch, classes] },
  };
}
