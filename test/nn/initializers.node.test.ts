// First values of weights against the statistics of Keras 3's own draws; tools/golden/initializers.py.
import { describe, expect, it } from "vitest";
import { initialValues } from "../../src/nn/initializers.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { readJsonFixture } from "../support/fixture.ts";

interface Drawn {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly of: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

const golden = await readJsonFixture<{ of: readonly Drawn[] }>("golden/training/initializers.json");

const draw = (shape: readonly number[], config: unknown, name = "kernel", seed = 1) =>
  initialValues({ name, shape, config, seed });

function statistics(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), least: Math.min(...values), most: Math.max(...values) };
}

it.each(golden.of)("$class_name $config of $of: as Keras draws", ({ class_name, config, shape, ...wanted }) => {
  const values = draw(shape, { kernel_initializer: { class_name, config } });
  const found = statistics(values);
  // five standard errors of a mean, and of a deviation
  const error = 5 / Math.sqrt(sizeOf(shape));
  expect(Math.abs(found.mean - wanted.mean)).toBeLessThan(error * wanted.deviation);
  expect(Math.abs(found.deviation / wanted.deviation - 1)).toBeLessThan(error);
  const bounded = !/^RandomNormal|untruncated/.test(class_name + String(config.distribution));
  if (!bounded) return;
  for (const end of ["least", "most"] as const)
    expect(Math.abs(found[end] - wanted[end]), end).toBeLessThan(0.01 * (wanted.most - wanted.least));
});

describe("orthogonal", () => {
  it.each([
    [6, 4],
    [4, 6],
    [3, 3, 2, 5],
  ])("%i x %i ...: rows or columns at right angles, of the gain's length", (...shape) => {
    const config = { kernel_initializer: { class_name: "Orthogonal", config: { gain: 2 } } };
    const values = draw(shape, config);
    const columns = shape.at(-1) ?? 1;
    const rows = values.length / columns;
    const at = (i: number, k: number) => (rows < columns ? values[i * columns + k] : values[k * columns + i]) ?? 0;
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    for (let i = 0; i < count; i++)
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let k = 0; k < length; k++) product += at(i, k) * at(j, k);
        expect(product).toBeCloseTo(i === j ? 4 : 0, 5);
      }
  });
});

describe("how a config names them", () => {
  const shape = [3, 4];

  it("in any of Keras' dialects", () => {
    const wanted = draw(shape, { kernel_initializer: "he_normal" });
    for (const written of [
      "HeNormal",
      { class_name: "HeNormal", config: {} },
      { class_name: "he_normal", config: null },
    ])
      expect(draw(shape, { kernel_initializer: written })).toEqual(wanted);
    const scaling = { scale: 2, mode: "fan_in", distribution: "truncated_normal" };
    expect(draw(shape, { kernel_initializer: { class_name: "VarianceScaling", config: scaling } })).toEqual(wanted);
    expect(draw(shape, { kernel_initializer: { class_name: "Constant", config: { value: 0.25 } } })).toEqual(
      new Float32Array(12).fill(0.25),
    );
    expect(draw(shape, { depthwise_initializer: "ones" }, "depthwise_kernel")).toEqual(new Float32Array(12).fill(1));
  });

  it("or not at all: zeros, ones and Glorot's", () => {
    for (const name of ["bias", "beta", "moving_mean", "alpha", "mean", "count"])
      expect(draw([3], {}, name), name).toEqual(new Float32Array(3));
    for (const name of ["gamma", "moving_variance", "scale", "variance"])
      expect(draw([3], {}, name), name).toEqual(new Float32Array(3).fill(1));
    expect(draw(shape, {})).toEqual(draw(shape, { kernel_initializer: "glorot_uniform" }));
  });

  it("repeats itself with a seed, and with no other", () => {
    expect(draw(shape, {}, "kernel", 7)).toEqual(draw(shape, {}, "kernel", 7));
    expect(draw(shape, {}, "kernel", 8)).not.toEqual(draw(shape, {}, "kernel", 7));
  });

  it.each(["he_nromal", "__proto__", "identity"])("%s is refused", (name) => {
    expect(() => draw(shape, { kernel_initializer: name })).toThrow(/is not known; there are zeros/);
  });
});
