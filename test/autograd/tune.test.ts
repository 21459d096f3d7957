// The tuner: it finds places and ways by itself, the engine then goes them, and what is computed stays right.
import { expect, it, onTestFinished } from "vitest";
import { conv2d, type Engine, Tape, type Tensor, type Tuning, tune, uniform, useTuning } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();

const untuned = (engine: Engine): Promise<Tuning> => tune(engine, () => undefined);

function tensors(engine: Engine) {
  return {
    x: engine.tensor(uniform("x", 2 * 12 * 12 * 8), [2, 12, 12, 8]),
    w: engine.tensor(uniform("w", 3 * 3 * 8 * 16), [3, 3, 8, 16]),
  };
}

/** The forward pass, dL/dx and dL/dw, and which kernels they took. */
async function passes(engine: Engine, { x, w }: { x: Tensor; w: Tensor }) {
  const kernels: string[] = [];
  const stop = engine.on("dispatch", ({ kernel, variant }) => kernels.push(`${kernel}/${variant}`));
  const forward = engine.scope(() => conv2d(x, w, undefined, { padding: "same" }));
  const taken = [...kernels];
  using tape = new Tape(engine, { fast: true });
  const y = tape.run(() => conv2d(x, w, undefined, { padding: "same" }));
  const gradients = tape.backward(y, { wrt: [x, w] });
  stop();
  const values = await engine.read([forward, ...gradients]);
  for (const tensor of [forward, ...gradients]) tensor.dispose();
  return { values, taken };
}

it("times the ways of every place that a body comes by, and the results stay the same", async () => {
  const { engine } = host;
  const { x, w } = tensors(engine);
  onTestFinished(async () => void (await untuned(engine)));
  const before = await passes(engine, { x, w });
  const found: string[] = [];
  const tuning = await tune(
    engine,
    () => {
      using tape = new Tape(engine, { fast: true });
      const y = tape.run(() => conv2d(x, w, undefined, { padding: "same" }));
      tape.backward(y, { wrt: [x, w] });
    },
    {
      onPlace: ({ place, usualMs, bestMs, way }, done, total) => {
        found.push(place);
        expect(bestMs).toBeLessThanOrEqual(usualMs);
        expect(way === "usual").toBe(bestMs === usualMs);
        expect([done <= total, total]).toEqual([true, 3]);
      },
    },
  );
  const window = "2x12x12x8:12x12x16 3x3 1x1 1x1 1,1 1";
  const kernels = ["conv2d", "conv2d-input-vjp", "conv2d-filter-vjp"];
  expect(found.sort()).toEqual(kernels.flatMap((name) => [`${name} ${window}`, `${name} exact ${window}`]).sort());
  expect(Object.keys(tuning.ways).sort()).toEqual(found);
  // what is known is not measured again
  const again = await tune(engine, () => void conv2d(x, w, undefined, { padding: "same" }), {
    known: tuning,
    onPlace: ({ place }) => expect.unreachable(place),
  });
  expect(again).toEqual(tuning);
  // unless that is asked for: against the usual way, not against what is taken now; the other places stay
  const slow = Object.fromEntries(Object.keys(tuning.ways).map((place) => [place, "ragged"]));
  useTuning(engine, { ...tuning, ways: slow });
  const measured: string[] = [];
  const taken: string[] = [];
  const stop = engine.on("dispatch", ({ kernel, variant }) => taken.push(`${kernel}/${variant}`));
  const renewed = await tune(engine, () => void conv2d(x, w, undefined, { padding: "same" }), {
    known: { ...tuning, ways: slow },
    again: true,
    budgetMs: 0,
    onPlace: ({ place }) => measured.push(place),
  });
  stop();
  expect(taken[0]).not.toBe("conv2d/ragged");
  expect(measured.sort()).toEqual([`conv2d ${window}`, `conv2d exact ${window}`].sort());
  for (const [place, way] of Object.entries(renewed.ways)) if (!measured.includes(place)) expect(way).toBe("ragged");
  expect(Object.keys(renewed.ways).sort()).toEqual(found);
  const [once, twice] = [await passes(engine, { x, w }), await passes(engine, { x, w })];
  expect(twice.values).toEqual(once.values);
  for (const [i, values] of once.values.entries()) {
    const largest = Math.max(...(before.values[i] ?? []).map(Math.abs));
    const off = values.map((value, j) => Math.abs(value - (before.values[i]?.[j] ?? Number.NaN)));
    expect(Math.max(...off)).toBeLessThan(1e-5 * largest);
  }
  x.dispose();
  w.dispose();
});

it("goes the ways of a tuning, a recording only those that compute as defined", async () => {
  const { engine } = host;
  const { x, w } = tensors(engine);
  onTestFinished(async () => void (await untuned(engine)));
  const none = await untuned(engine);
  const window = "2x12x12x8:12x12x16 3x3 1x1 1x1 1,1 1";
  const ways = { [`conv2d ${window}`]: "winograd-2", [`conv2d exact ${window}`]: "slim" };
  expect(useTuning(engine, { ...none, ways })).toBe(true);
  expect((await passes(engine, { x, w })).taken).toContain("winograd-2-packed-input/vec4");
  const exact: string[] = [];
  const stop = engine.on("dispatch", ({ kernel, variant }) => exact.push(`${kernel}/${variant}`));
  using tape = new Tape(engine);
  tape.run(() => conv2d(x, w, undefined, { padding: "same" }));
  stop();
  expect(exact).toEqual(["conv2d/slim"]);
  // a pin of the caller's own comes before
  engine.variants.set("conv2d", "ragged");
  onTestFinished(() => void engine.variants.delete("conv2d"));
  expect((await passes(engine, { x, w })).taken).toEqual(["conv2d/ragged"]);
  x.dispose();
  w.dispose();
});

it("takes nothing that was measured elsewhere, and refuses what is no tuning", async () => {
  const { engine } = host;
  const none = await untuned(engine);
  expect(none).toMatchObject({ format: "backlight-tuning-1", ways: {} });
  expect(useTuning(engine, { ...none, adapter: "another" })).toBe(false);
  expect(useTuning(engine, { ...none, kernels: "0" })).toBe(false);
  for (const wrong of [null, {}, { ...none, format: "2" }, { ...none, ways: { a: 1 } }])
    expect(() => useTuning(engine, wrong as never)).toThrow(/it must be what tune\(\) returned/);
});

it("stops when it is told to", async () => {
  const { engine } = host;
  const { x, w } = tensors(engine);
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  const body = () => void conv2d(x, w, undefined);
  await expect(tune(engine, body, { signal: stop.signal })).rejects.toThrow("enough");
  x.dispose();
  w.dispose();
});
