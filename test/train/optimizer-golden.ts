// Five steps of each optimiser as Keras and PyTorch computed them (tools/golden/optimizers.py).
import type { Schedule } from "../../src/train/schedules.ts";
import { cosineDecay, stepDecay, warmUp } from "../../src/train/schedules.ts";
import { sizeOf } from "../reference/array.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { readJsonFixture } from "../support/fixture.ts";

export type ScheduleName = "step" | "cosine" | "warm-up";

/** The schedules that the golden script asked Keras for. */
export const schedules: Readonly<Record<ScheduleName, Schedule>> = {
  step: stepDecay({ learningRate: 0.1, every: 2, factor: 0.5 }),
  cosine: cosineDecay({ learningRate: 0.1, steps: 4, alpha: 0.1 }),
  "warm-up": warmUp(cosineDecay({ learningRate: 0.1, steps: 4 }), { from: 0.01, steps: 3 }),
};

export interface GoldenCase {
  readonly optimizer: "sgd" | "adam" | "adamW" | "rmsProp";
  readonly options: Readonly<Record<string, number | boolean>> & { readonly schedule?: ScheduleName };
  /** All parameters end to end, after each step. */
  readonly keras: string;
  readonly torch?: string;
  /** All of Keras' arrays of a kind end to end, after the last step. */
  readonly slots: Readonly<Record<string, string>>;
}

interface GoldenFile {
  readonly shapes: readonly (readonly number[])[];
  readonly parameters: string;
  readonly gradients: string;
  readonly schedules: Readonly<Record<ScheduleName, readonly number[]>>;
  readonly cases: readonly GoldenCase[];
}

export async function readGolden() {
  const file = await readJsonFixture<GoldenFile>("golden/training/optimizers.json");
  const { shapes, cases } = file;
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  /** Rows of all parameters, one per step. */
  const rows = (text: string) => {
    const values = float32FromBase64(text);
    return Array.from({ length: values.length / total }, (_, i) => values.subarray(i * total, (i + 1) * total));
  };
  return {
    shapes,
    cases,
    schedules: file.schedules,
    rows,
    parameters: float32FromBase64(file.parameters),
    gradients: rows(file.gradients),
    /** Values of all parameters, apart. */
    split: (values: Float32Array) => {
      let end = 0;
      return shapes.map((shape) => {
        const start = end;
        end += sizeOf(shape);
        return values.subarray(start, end);
      });
    },
  };
}
