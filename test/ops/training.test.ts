import { describe, expect, it } from "vitest";
import { batchMoments, batchNormTraining, moveAverage } from "../../src/autograd/ops/batch-norm-training.ts";
import { type DropoutOptions, dropout } from "../../src/autograd/ops/dropout.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError } from "../../src/errors.ts";
import { readRows } from "../../src/tensor/parts.ts";
import { trainingCases } from "../cases/training.ts";
import { maskOf, threefry } from "../reference/dropout.ts";
import { expectClose, expectEqual } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { checkRows } from "./check-rows.ts";

const host = useEngine();
checkRows(trainingCases, host);

/** The result, read; everything else that `body` made is freed. */
async function read(body: () => ReturnType<typeof dropout>) {
  const y = host.engine.scope(body);
  const values = await y.read();
  y.dispose();
  return values;
}

const ones = (shape: readonly number[]) =>
  host.engine.tensor(new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(1), shape);

describe("dropout", () => {
  const seed = [7, 2 ** 31 + 5] as const;

  it.each(["vec4", "naive"])("drops bit for bit what the reference drops, by %s", async (variant) => {
    host.engine.variants.set("dropout", variant);
    const shape = [9, 11, 4];
    for (const options of [{ rate: 0.4 }, { rate: 0.75, channels: true }]) {
      const mask = await read(() => dropout(ones(shape), { ...options, seed }));
      expectEqual(mask, maskOf(shape, { ...options, seed }), JSON.stringify(options));
    }
    host.engine.variants.clear();
  });

  it("counts past 65,535 workgroups", async () => {
    const { engine } = host;
    const [rows, C] = [70_001, 61];
    using y = engine.scope(() => dropout(ones([rows, C]), { rate: 0.5, seed }));
    const last = await readRows(y, rows - 1, 1);
    const wanted = last.map((_, c) => (threefry(seed, [(rows - 1) * C + c, 0])[0] >= 2 ** 31 ? 2 : 0));
    expectEqual(last, wanted, "the last row");
  });

  it("drops everything at rate 1, infinities too", async () => {
    const infinite = () => host.engine.tensor([Number.POSITIVE_INFINITY, 1, -2, 3, 4], [5]);
    expect([...(await read(() => dropout(infinite(), { rate: 1, seed })))]).toEqual([0, 0, 0, 0, 0]);
  });

  it("drops the same of every repetition where a walk has several seeds", async () => {
    const shape = [3, 5];
    const gradient = await read(() => {
      using tape = new Tape(host.engine);
      const x = ones(shape);
      tape.inputs.add(x.id);
      const y = tape.run(() => dropout(x, { rate: 0.5, seed }));
      const [dx] = tape.backward(y, { seed: ones([6, 5]), wrt: [x] });
      return dx ?? y;
    });
    const mask = [...maskOf(shape, { rate: 0.5, seed })];
    expectEqual(gradient, [...mask, ...mask], "dx");
  });

  it.each([
    [{ rate: -0.1, seed }, "dropout: rate is -0.1; it lies between 0 and 1"],
    [{ rate: Number.NaN, seed }, "dropout: rate is NaN"],
    [{ rate: 0.5, seed: [1, -1] }, "dropout: seed is [1,-1]; it takes two whole numbers from 0 to 2^32 - 1"],
    [{ rate: 0.5, seed, channels: true }, "dropout: x [3] has no channels to drop"],
  ] as [DropoutOptions, string][])("%j is refused", (options, message) => {
    const attempt = () => host.engine.scope(() => dropout(ones([3]), options));
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow(message);
  });
});

describe("batchNormTraining", () => {
  const epsilon = 1e-3;

  it("walks back with one seed at a time", () => {
    const { engine } = host;
    engine.scope(() => {
      using tape = new Tape(engine);
      const x = ones([3, 5]);
      tape.inputs.add(x.id);
      const y = tape.run(() => batchNormTraining(x, { moments: batchMoments(x) }, { epsilon }));
      expect(() => tape.backward(y, { seed: ones([6, 5]), wrt: [x] })).toThrow(
        "batchNormTraining: dy [6, 5] for 3 rows. The rows of a batch depend on each other here",
      );
    });
  });

  it.each([
    [() => batchMoments(ones([3])), "batchMoments: x [3] has no axis to take moments over"],
    [
      () => batchNormTraining(ones([4, 3]), { moments: ones([2, 4]) }, { epsilon }),
      "batchNormTraining: moments [2, 4] but x [4, 3] wants [2, 3]",
    ],
    [
      () => batchNormTraining(ones([4, 3]), { moments: ones([2, 3]), beta: ones([4]) }, { epsilon }),
      "batchNormTraining: beta [4] but x [4, 3] wants [3]",
    ],
  ])("%o is refused", (run, message) => {
    const attempt = () => host.engine.scope(run);
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow(message);
  });
});

describe("moveAverage", () => {
  it.each([
    ["vec4", 8],
    ["naive", 8],
    ["naive", 7],
  ])("changes the tensor's own buffer, by %s, %i channels", async (variant, c) => {
    const { engine } = host;
    engine.variants.set("moving-average", variant);
    const [before, values] = [randomValues("moving", c), randomValues("value", 2 * c)];
    using moving = engine.tensor(before, [c]);
    using value = engine.tensor(values, [2, c]);
    moveAverage(moving, value, { momentum: 0.9, offset: c });
    const wanted = before.map((old, i) => 0.9 * old + 0.1 * (values[c + i] ?? 0));
    expectClose(await moving.read(), wanted, { atol: 1e-7, rtol: 1e-6 }, "moving");
    engine.variants.clear();
  });

  it("refuses a value that ends too early", () => {
    const attempt = () => host.engine.scope(() => moveAverage(ones([4]), ones([2, 3]), { momentum: 0.9, offset: 3 }));
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow("moveAverage: value [2, 3] has no 4 elements from 3 on, as moving [4] wants");
  });
});
