// Optimisers against Keras and PyTorch, also where parameters are cut into many buffers and segments.
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { adam, adamW } from "../../src/train/optimizers/adam.ts";
import type { Optimizer } from "../../src/train/optimizers/optimizer.ts";
import { type RmsPropOptions, rmsProp } from "../../src/train/optimizers/rms-prop.ts";
import { sgd } from "../../src/train/optimizers/sgd.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { type GoldenCase, readGolden, schedules } from "./optimizer-golden.ts";

const golden = await readGolden();
const makers = { sgd, adam, adamW, rmsProp };
const last = golden.gradients.length - 1;

const titled = golden.cases.map((one) => [`${one.optimizer} ${JSON.stringify(one.options)}`, one] as const);

function make(parameters: readonly Tensor[], { optimizer, options }: GoldenCase): Optimizer {
  const { schedule, ...others } = options;
  return makers[optimizer](parameters, schedule ? { ...others, learningRate: schedules[schedule] } : others);
}

function tensors(engine: Engine, values: Float32Array): Tensor[] {
  return golden.split(values).map((part, i) => engine.tensor(part, golden.shapes[i] ?? []));
}

function free(...lists: readonly (readonly Tensor[])[]): void {
  for (const tensor of lists.flat()) tensor.dispose();
}

async function valuesOf(engine: Engine, parameters: readonly Tensor[]): Promise<Float32Array> {
  return Float32Array.from((await engine.read(parameters)).flatMap((values) => [...values]));
}

/** One update by the gradients of golden step `step`, times `scale`. */
function stepBy(optimizer: Optimizer, step: number, how: "update" | "accumulate" = "update", scale = 1): void {
  const [first] = optimizer.parameters;
  if (!first) throw new RangeError("no parameters");
  const gradients = tensors(
    first.engine,
    (golden.gradients[step] ?? new Float32Array()).map((g) => g * scale),
  );
  optimizer[how](gradients);
  free(gradients);
}

/** What a parameter changed by is right to a relative 1e-5, give or take the float32 of the parameter itself. */
function expectSteps(got: readonly Float32Array[], expected: readonly Float32Array[], what: string): void {
  expect(got.length).toBe(expected.length);
  const starts = golden.split(golden.parameters);
  for (const [step, values] of got.entries()) {
    const wanted = golden.split(expected[step] ?? new Float32Array());
    for (const [i, part] of golden.split(values).entries()) {
      const changes = (wanted[i] ?? []).map((value, k) => Math.abs(value - (starts[i]?.[k] ?? Number.NaN)));
      const size = Math.max(...(wanted[i] ?? []).map(Math.abs), ...(starts[i] ?? []).map(Math.abs));
      const atol = 1e-5 * Math.max(...changes) + 2 ** -24 * (step + 1) * size;
      expectClose(part, wanted[i] ?? [], { atol, rtol: 0 }, `${what}, step ${step}, parameter ${i}`);
    }
  }
}

describe.each([
  ["whole parameters", {}, "vec4"],
  ["parameters and segments cut into many", { maxBindingBytes: 48 }, "naive"],
] as const)("%s", (_, engineOptions, variant) => {
  const host = useEngine(engineOptions);

  it.each(titled)("%s is as Keras and PyTorch compute it", async (_, one) => {
    const { engine } = host;
    for (const kernel of ["sgd", "adam", "rms-prop", "sum-of-squares"]) engine.variants.set(kernel, variant);
    const parameters = tensors(engine, golden.parameters);
    using optimizer = make(parameters, one);
    const reads: Promise<Float32Array>[] = [];
    for (let step = 0; step <= last; step++) {
      stepBy(optimizer, step);
      reads.push(valuesOf(engine, parameters)); // as they are now, though nobody waits yet
    }
    const { name, step, slots } = await optimizer.state();
    const steps = await Promise.all(reads);
    engine.variants.clear();
    free(parameters);
    expect([name, step]).toEqual([one.optimizer, last + 1]);
    expectSteps(steps, golden.rows(one.keras), "Keras");
    if (one.torch) expectSteps(steps, golden.rows(one.torch), "PyTorch");
    expect(Object.keys(slots).length).toBe(Object.keys(one.slots).length * golden.shapes.length);
    for (const [slot, text] of Object.entries(one.slots))
      for (const [i, wanted] of golden.split(golden.rows(text)[0] ?? new Float32Array()).entries()) {
        const atol = 1e-5 * Math.max(...wanted.map(Math.abs));
        expectClose(slots[`${slot}/${i}`] ?? [], wanted, { atol, rtol: 0 }, `${slot}/${i}`);
      }
  });
});

describe("an optimiser", () => {
  const host = useEngine();
  const cut = useEngine({ maxBindingBytes: 48 });
  const busy: RmsPropOptions = {
    learningRate: 0.1,
    momentum: 0.7,
    centered: true,
    clipNorm: 3,
    weightDecay: 0.1,
  };

  it("encodes as many dispatches for five parameters as for one, and reads nothing back", () => {
    const { engine } = host;
    const parameters = tensors(engine, golden.parameters);
    for (const list of [parameters, parameters.slice(0, 1)]) {
      using optimizer = adam(list, { clipNorm: 1 });
      const before = engine.counts;
      optimizer.update(list); // of their shapes, at least
      const { readbacks, submissions, dispatches } = engine.counts;
      expect([readbacks, submissions]).toEqual([before.readbacks, before.submissions]);
      expect(dispatches - before.dispatches).toBe(3); // the sums of squares, their total, the update
    }
    free(parameters);
  });

  it("takes one step of the whole batch when it has accumulated its parts", async () => {
    for (const { engine } of [host, cut]) {
      const [whole, parts] = [tensors(engine, golden.parameters), tensors(engine, golden.parameters)];
      using one = rmsProp(whole, busy);
      using many = rmsProp(parts, busy);
      for (const first of [0, 2]) {
        const mean = (golden.gradients[first] ?? new Float32Array()).map(
          (g, i) => 0.25 * g + 0.75 * (golden.gradients[first + 1]?.[i] ?? Number.NaN),
        );
        const gradients = tensors(engine, mean);
        one.update(gradients);
        for (const [step, weight] of [
          [first, 0.25],
          [first + 1, 0.75],
        ] as const) {
          const own = tensors(engine, golden.gradients[step] ?? new Float32Array());
          many.accumulate(own, weight);
          free(own, gradients);
        }
        many.update();
      }
      expect(many.step).toBe(2);
      const wanted = await valuesOf(engine, whole);
      expect(wanted).not.toEqual(golden.parameters);
      expectClose(await valuesOf(engine, parts), wanted, { atol: 1e-7, rtol: 1e-6 }, "accumulated");
      free(whole, parts);
    }
  });

  it("adds the gradients given to update() to what was accumulated", async () => {
    const { engine } = host;
    const parameters = tensors(engine, new Float32Array(golden.parameters.length));
    using optimizer = sgd(parameters, { learningRate: 1 });
    stepBy(optimizer, 0, "accumulate");
    stepBy(optimizer, 1);
    const expected = golden.gradients[0]?.map((g, i) => -(g + (golden.gradients[1]?.[i] ?? Number.NaN)));
    expectClose(await valuesOf(engine, parameters), expected ?? [], { atol: 0, rtol: 1e-6 }, "both");
    expect(() => optimizer.update()).toThrow("sgd: update() without gradients, and none were accumulated");
    free(parameters);
  });

  it("clips by the norm of a long parameter, by either way to sum it up", async () => {
    const { engine } = host;
    const gradient = randomValues("long", 100_003);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    for (const variant of ["tree", "naive"]) {
      engine.variants.set("sum-of-squares", variant);
      using w = engine.zeros([gradient.length]);
      using dw = engine.tensor(gradient, [gradient.length]);
      using optimizer = sgd([w], { learningRate: 1, clipNorm: 2 });
      optimizer.update([dw]);
      engine.variants.clear();
      const expected = gradient.map((g) => (-2 * g) / norm);
      expectClose(await w.read(), expected, { atol: 1e-12, rtol: 1e-5 }, variant);
    }
  });

  it.each(titled.filter(([, { torch }]) => !torch))("%s goes on bit for bit from its state", async (_, one) => {
    const { engine } = cut;
    const parameters = tensors(engine, golden.parameters);
    using optimizer = make(parameters, one);
    for (const step of [0, 1]) stepBy(optimizer, step);
    const reading = optimizer.state();
    const saved = await valuesOf(engine, parameters);
    for (const step of [2, 3]) stepBy(optimizer, step); // before the state is there
    const wanted = await valuesOf(engine, parameters);
    const state = await reading;

    const again = tensors(engine, saved);
    using other = make(again, one);
    stepBy(other, 4, "accumulate"); // to be dropped
    other.restore(state);
    expect(other.step).toBe(2);
    for (const step of [2, 3]) stepBy(other, step);
    expect(await valuesOf(engine, again)).toEqual(wanted);
    free(parameters, again);
  });

  it.each(["sgd", "adam", "rmsProp"] as const)(
    "%s changes nothing by gradients of which one is not finite",
    async (name) => {
      const { engine } = host;
      const parameters = tensors(engine, golden.parameters);
      using optimizer = makers[name](parameters, { ...busy, weightDecay: 0.1 });
      stepBy(optimizer, 0);
      const { slots } = await optimizer.state();
      const before = await valuesOf(engine, parameters);
      expect(Object.keys(slots).length).toBeGreaterThan(0);
      for (const odd of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        const gradients = tensors(engine, (golden.gradients[1] ?? new Float32Array()).with(20, odd));
        optimizer.update(gradients);
        free(gradients);
        const [norm] = await optimizer.squaredNorm.read();
        expect(Number.isFinite(norm), `a squared norm of ${norm}`).toBe(false);
        expect(await valuesOf(engine, parameters)).toEqual(before);
        expect((await optimizer.state()).slots).toEqual(slots);
      }
      stepBy(optimizer, 1);
      const after = await valuesOf(engine, parameters);
      expect(after.every((value, i) => Number.isFinite(value) && value !== before[i])).toBe(true);
      const wanted = golden.gradients[1]?.reduce((sum, g) => sum + g * g, 0) ?? 0;
      expectClose(await optimizer.squaredNorm.read(), [wanted], { atol: 0, rtol: 1e-6 }, "squared norm");
      free(parameters);
    },
  );

  it("carries its state to a device that binds less", async () => {
    const [here, there] = [tensors(host.engine, golden.parameters), tensors(cut.engine, golden.parameters)];
    using optimizer = adam(here);
    stepBy(optimizer, 0);
    const state = await optimizer.state();
    using other = adam(there);
    other.restore(state);
    expect(await other.state()).toEqual(state);
    free(here, there);
  });

  it("refuses the state of another, and stays as it was", async () => {
    const { engine } = host;
    const parameters = tensors(engine, golden.parameters);
    using optimizer = adam(parameters);
    stepBy(optimizer, 0);
    const state = await optimizer.state();
    const { "velocity/1": _, ...fewer } = state.slots;
    for (const [wrong, message] of [
      [{ ...state, name: "sgd" }, "the state is that of sgd, this optimiser is adam. Make the optimiser"],
      [{ ...state, step: -1 }, "adam: the state's step is -1"],
      [{ ...state, slots: fewer }, 'adam: the state has none for "velocity/1", this optimiser wants 7 values'],
      [
        { ...state, slots: { ...state.slots, "momentum/1": new Float32Array(6) } },
        'adam: the state has 6 values for "momentum/1", this optimiser wants 7 values',
      ],
      [
        { ...state, slots: { ...state.slots, "momentum/9": new Float32Array(1) } },
        'adam: the state has 1 values for "momentum/9", this optimiser wants none',
      ],
    ] as const) {
      const attempt = () => optimizer.restore(wrong);
      expect(attempt).toThrow(expect.objectContaining({ name: "WeightsFormatError" }));
      expect(attempt).toThrow(message);
    }
    expect(await optimizer.state()).toEqual(state);
    free(parameters);
  });

  it("outlives the scope it is made in, holds no more with every step, and frees all it holds", async () => {
    const { engine } = host;
    const parameters = tensors(engine, golden.parameters);
    const before = engine.memory();
    let optimizer: Optimizer | undefined;
    engine.scope(() => {
      optimizer = rmsProp(parameters, busy);
    });
    if (!optimizer) throw new RangeError("not made");
    const held = engine.memory().liveBuffers;
    expect(held).toBeGreaterThan(before.liveBuffers);
    for (let i = 0; i < 100; i++) stepBy(optimizer, i % 5);
    await engine.finish();
    expect(engine.memory().liveBuffers).toBe(held);
    optimizer.dispose();
    expect(engine.memory().liveBytes).toBe(before.liveBytes);
    const gradients = tensors(engine, golden.parameters);
    expect(() => optimizer?.update(gradients)).toThrow("was disposed");
    free(parameters, gradients);
  });

  it("refuses parameters, gradients and options that it cannot use, and says why", () => {
    const { engine } = host;
    using w = engine.zeros([3, 5]);
    using b = engine.zeros([5]);
    using labels = engine.tensor(new Int32Array(5), [5]);
    using elsewhere = cut.engine.zeros([5]);
    using optimizer = sgd([w, b]);
    for (const [attempt, message] of [
      [() => sgd([]), "sgd: there are no parameters to train; is every layer frozen?"],
      [() => sgd([w, labels]), "sgd: parameter [5] is int32, it wants float32"],
      [() => sgd([w, w]), "sgd: one parameter is given twice"],
      [() => sgd([w, elsewhere]), "sgd: the parameters are on different engines"],
      [() => optimizer.update([w]), "sgd: 1 gradients for 2 parameters"],
      [() => optimizer.update([b, w]), "sgd: gradient 0 is float32 [5], its parameter float32 [3, 5]"],
      [() => optimizer.update([w, labels]), "sgd: gradient 1 is int32 [5], its parameter float32 [5]"],
      [() => optimizer.accumulate([w, b], Number.NaN), "sgd: weight is NaN; it wants a finite number"],
      [() => sgd([w], { momentum: 1.5 }), "sgd: momentum is 1.5; it wants a finite number at least 0 and at most 1"],
      [() => sgd([w], { learningRate: -1 }), "sgd: learningRate is -1; it wants a finite number at least 0"],
      [() => sgd([w], { learningRate: () => Number.NaN }), "sgd: learningRate is NaN"],
      [() => sgd([w], { clipNorm: 0 }), "sgd: clipNorm is 0; it wants a finite number above 0"],
      [() => adamW([w], { weightDecay: -0.1 }), "adamW: weightDecay is -0.1"],
      [() => adam([w], { beta2: 1 }), "adam: beta2 is 1; it wants a finite number at least 0 and below 1"],
      [() => rmsProp([w], { epsilon: 0 }), "rmsProp: epsilon is 0"],
    ] as const) {
      expect(attempt, message).toThrow(expect.objectContaining({ name: "ShapeError" }));
      expect(attempt).toThrow(message);
    }
    expect(optimizer.step).toBe(0);
  });
});
