// Layers that move, transpose and normalise, as Keras 2 and 3 compute them: tools/fixtures/structure_layers.py wrote them.
import { gunzipSync, strFromU8 } from "fflate";
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { relativeError } from "../golden/compare.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly values: string;
  /** Of <seed, output>. */
  readonly gradient: string;
}

interface Cases {
  readonly keras: string;
  readonly cases: readonly Case[];
}

const files: readonly Cases[] = await Promise.all(
  [2, 3].map(async (generation) => {
    const text = strFromU8(gunzipSync(await readFixture(`fixtures/structure${generation}.bin`)));
    return JSON.parse(text) as Cases;
  }),
);

/** Over the largest value; sums of some dozens of float32 products err by less. */
const TOLERANCE = 1e-5;

function loaded(engine: Engine, config: unknown): Model {
  const model = Model.fromConfig(engine, config);
  for (const { layer, name, shape } of model.weightSlots()) {
    const role = name === "scale" ? "gamma" : name;
    model.setWeight(layer, name, name === "count" ? new Float32Array(1) : hashWeight(layer, role, shape));
  }
  return model;
}

describe.each(files)("layers of Keras $keras", ({ cases }) => {
  const on = useEngine();

  it.each(cases.map((entry) => [entry.name, entry] as const))("%s", async (_, entry) => {
    const { engine } = on;
    using model = loaded(engine, entry.config);
    using x = engine.tensor(hashWeight("image", "input", entry.input), entry.input);
    using tape = new Tape(engine);
    const y = model.forward(x, { tape });
    expect(y.shape).toEqual(entry.output);
    using seed = engine.tensor(hashWeight("output", "seed", y.shape), y.shape);
    const gradients = tape.backward(y, { seed, wrt: [x] });
    const [values, dx] = await engine.read([y, ...gradients]);
    for (const gradient of gradients) gradient.dispose();
    expect(relativeError(values ?? [], float32FromBase64(entry.values)), "output").toBeLessThan(TOLERANCE);
    expect(relativeError(dx ?? [], float32FromBase64(entry.gradient)), "gradient").toBeLessThan(TOLERANCE);
  });
});
