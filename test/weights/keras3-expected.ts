// What tools/fixtures/keras3_files.py put into the files of test/fixtures/keras3.
import { readJsonFixture } from "../support/fixture.ts";

interface Described {
  readonly config: unknown;
  /** [layer, weight, number of the variable, kind, shape], a nested layer as `model/layer`. */
  readonly weights: readonly (readonly [string, string, number, string, readonly number[]])[];
  /** Of Keras, in float32. */
  readonly output: readonly number[];
}

export interface StoredModel extends Described {
  values(layer: string, name: string): Float32Array;
}

type Names = "functional" | "tf" | "sequential" | "twice" | "twiceTf";

export async function readExpected(): Promise<Record<Names, StoredModel>> {
  const models = await readJsonFixture<Record<Names, Described>>("fixtures/keras3/expected.json");
  return {
    functional: withValues(models.functional),
    tf: withValues(models.tf),
    sequential: withValues(models.sequential),
    twice: withValues(models.twice),
    twiceTf: withValues(models.twiceTf),
  };
}

function withValues(model: Described): StoredModel {
  return {
    ...model,
    values(layer, name) {
      const found = model.weights.find(([inLayer, called]) => inLayer === layer && called === name);
      if (!found) throw new Error(`expected.json has no ${name} of ${layer}`);
      const [, , number, kind, shape] = found;
      const count = shape.reduce((a, b) => a * b, 1);
      return Float32Array.from({ length: count }, (_, k) => nthValue(k, number, kind));
    },
  };
}

function nthValue(k: number, number: number, kind: string): number {
  const v = ((((3 * number + k) * 7) % 33) - 16) / 64;
  if (kind === "gamma") return 1 + v;
  return kind === "variance" ? 0.5 + Math.abs(v) : v;
}

/** The input that Keras was given. */
export function pixels(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => ((5 * k) % 17) / 16);
}
