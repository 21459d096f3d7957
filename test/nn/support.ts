import { expect } from "vitest";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { sizeOf } from "../../src/tensor/shape.ts";

/** Stands in for an engine where a test reads configs and never computes. */
export const noEngine = Object.freeze({}) as Engine;

/** Element i is ((i * step + offset) mod 61 - 30) / 64, as tools/golden/layers.py has it. */
export function fractions(shape: readonly number[], step: number, offset: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => (((i * step + offset) % 61) - 30) / 64);
}

/** Fills all weights as tools/golden/layers.py does. */
export function fillWeights(model: Model): void {
  for (const [position, { layer, name, shape }] of model.weightSlots().entries()) {
    const values = fractions(shape, 37, 11 + 5 * position);
    model.setWeight(layer, name, name.includes("variance") ? values.map((v) => Math.abs(v) + 0.5) : values);
  }
}

type Json = Record<string, unknown>;

/** A layer of a functional config in Keras 2's dialect. */
export function layerOf(className: string, config: Json, inputs: readonly string[] = []): Json {
  const call = inputs.map((input) => [input, 0, 0, {}]);
  return { class_name: className, name: config.name, config, inbound_nodes: inputs.length > 0 ? [call] : [] };
}

export function inputOf(shape: readonly (number | null)[], name = "image"): Json {
  return layerOf("InputLayer", { name, batch_input_shape: [null, ...shape] });
}

export function functional(layers: readonly Json[], outputs?: readonly string[], name = "small"): Json {
  const ends = outputs ?? [String(layers.at(-1)?.name)];
  const config = { name, layers, input_layers: [["image", 0, 0]], output_layers: ends.map((end) => [end, 0, 0]) };
  return { class_name: "Functional", config };
}

/** A Sequential on images of this shape. */
export function sequential(shape: readonly (number | null)[], layers: readonly [string, Json][]): Json {
  const all = layers.map(([class_name, config]) => ({ class_name, config }));
  return { class_name: "Sequential", config: { name: "small", layers: [inputOf(shape), ...all] } };
}

/** Runs the body and checks that it gave all memory back. */
export async function balanced(engine: Engine, body: () => Promise<void>): Promise<void> {
  const { liveTensors, liveBytes } = engine.memory();
  await body();
  expect(engine.memory()).toMatchObject({ liveTensors, liveBytes });
}

export async function close(
  tensor: { read(): Promise<ArrayLike<number>> },
  expected: readonly number[],
  tolerance = 1e-6,
) {
  const values = Array.from(await tensor.read());
  expect(values.length).toBe(expected.length);
  for (const [i, value] of values.entries())
    expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(tolerance);
}

/** conv (1x1, relu) -> pool -> flatten -> dense (softmax), on 2 x 2 x 1. */
export const chainConfig = sequential(
  [2, 2, 1],
  [
    ["Conv2D", { name: "conv", filters: 2, kernel_size: 1, activation: "relu" }],
    ["MaxPooling2D", { name: "pool", pool_size: 2 }],
    ["Flatten", { name: "flatten" }],
    ["Dense", { name: "classes", units: 2, activation: "softmax" }],
  ],
);

export function chainModel(engine: Engine): Model {
  const model = Model.fromConfig(engine, chainConfig);
  model.setWeight("conv", "kernel", new Float32Array([1, -1]));
  model.setWeight("conv", "bias", new Float32Array([0, 0.5]));
  model.setWeight("classes", "kernel", new Float32Array([1, 0, 0, 2]));
  model.setWeight("classes", "bias", new Float32Array([0, 0]));
  return model;
}

/** A dense layer of a functional config. */
export const dense = (name: string, from: string, units = 2) => layerOf("Dense", { name, units }, [from]);

/** What a config is refused with. */
export function failure(json: unknown): Error {
  try {
    Model.fromConfig(noEngine, json);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the config was accepted");
}
