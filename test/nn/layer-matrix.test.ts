// Every layer with its options, as Keras 2 and Keras 3 compute it: tools/fixtures/layer_matrix.py writes the cases.
import { gunzipSync, strFromU8 } from "fflate";
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { relativeError } from "../golden/compare.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";

interface Stored {
  readonly shape: readonly number[];
  readonly data: string;
}

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly parameters: number;
  /** What each call of each layer gives. */
  readonly layers: readonly (Stored & { readonly name: string })[];
  readonly outputs: readonly Stored[];
  /** Of <seed, first output> for each input. */
  readonly gradients: readonly string[];
}

interface Matrix {
  /** The file's name. */
  readonly file: string;
  readonly keras: string;
  readonly cases: readonly Case[];
}

const LAYER_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;

const matrices: readonly Matrix[] = await Promise.all(
  ["keras2", "keras3", "operations2", "operations3"].map(readMatrix),
);

async function readMatrix(name: string): Promise<Matrix> {
  const text = strFromU8(gunzipSync(await readFixture(`fixtures/layers/${name}.bin`)));
  return { file: name, ...(JSON.parse(text) as Omit<Matrix, "file">) };
}

describe.each(matrices)("$file, of Keras $keras", ({ cases }) => {
  const on = useEngine();

  it.each(cases.map((entry) => [entry.name, entry] as const))("%s", async (_, entry) => {
    using model = loaded(entry);
    expect(model.countParams().total, "parameters").toBe(entry.parameters);
    const xs = entry.inputs.map((input, i) => inputTensor(model, i, input));
    using tape = new Tape(on.engine);
    const outputs = model.forwardAll(xs, { tape });
    const gradients = gradientsOf(tape, outputs[0], { xs, shape: entry.outputs[0]?.shape ?? [] });
    const wanted = [...entry.layers.map(({ name }) => tape.node(name).output), ...outputs, ...gradients];
    const values = await on.engine.read(wanted);
    for (const tensor of [...xs, ...gradients]) tensor.dispose();

    const expected = [...entry.layers, ...entry.outputs.map((output, i) => ({ ...output, name: `output ${i}` }))];
    for (const [i, stored] of expected.entries())
      expectAgreement(values[i] ?? [], wanted[i]?.shape ?? [], { ...stored, tolerance: LAYER_TOLERANCE });
    for (const [i, data] of entry.gradients.entries()) {
      const at = expected.length + i;
      const { name = "", shape = [] } = entry.inputs[i] ?? {};
      const stored = { name: `gradient at ${name}`, shape, data, tolerance: GRADIENT_TOLERANCE };
      expectAgreement(values[at] ?? [], wanted[at]?.shape ?? [], stored);
    }
  });

  function loaded({ config }: Case): Model {
    const model = Model.fromConfig(on.engine, config);
    for (const { layer, name, shape } of model.weightSlots())
      model.setWeight(layer, name, hashWeight(layer, name, shape));
    return model;
  }

  /** An input in the layout that the model asks for. */
  function inputTensor(model: Model, index: number, { name, shape }: Case["inputs"][number]): Tensor {
    const values = hashWeight(name, "input", shape);
    const wanted = (model.inputShapes[index] ?? []).map((extent, axis) => (axis === 0 ? 1 : extent));
    if (wanted.join() === shape.join()) return on.engine.tensor(values, shape);
    return on.engine.tensor(channelsLast(values, shape), channelsLastShape(shape));
  }

  function gradientsOf(
    tape: Tape,
    y: Tensor | undefined,
    { xs, shape }: { xs: readonly Tensor[]; shape: readonly number[] },
  ): Tensor[] {
    if (!y) throw new Error("the model has no output");
    return on.engine.scope(() => {
      const cotangent = hashWeight("output", "seed", shape);
      const turned = y.shape.join() !== shape.join();
      const seed = on.engine.tensor(turned ? channelsLast(cotangent, shape) : cotangent, y.shape);
      return tape.backward(y, { seed, wrt: [...xs] });
    });
  }
});

interface Expectation extends Stored {
  readonly name: string;
  readonly tolerance: number;
}

/** Inside a channels-first model our values are channels last. */
function expectAgreement(values: ArrayLike<number>, shape: readonly number[], wanted: Expectation): void {
  const { name, shape: kerasShape, data, tolerance } = wanted;
  const expected = float32FromBase64(data);
  const turned = shape.join() !== kerasShape.join();
  expect(shape.join(), `shape of ${name}`).toBe((turned ? channelsLastShape(kerasShape) : kerasShape).join());
  const error = relativeError(values, turned ? channelsLast(expected, kerasShape) : expected);
  expect(error, `${name}, over its largest value`).toBeLessThanOrEqual(tolerance);
}

function channelsLastShape(shape: readonly number[]): number[] {
  const [batch = 1, channels = 1, ...places] = shape;
  return [batch, ...places, channels];
}

function channelsLast(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const [, channels = 1] = shape;
  const places = values.length / channels;
  return new Float32Array(values.length).map((_, i) => values[(i % channels) * places + Math.floor(i / channels)] ?? 0);
}
