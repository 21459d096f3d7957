// Winograd's convolutions: how far they are from the definition, when they are taken, and what maps make of it.
import { expect, it } from "vitest";
import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { explain } from "../../src/explain/explain.ts";
import type { AdapterReport } from "../../src/tensor/engine.ts";
import { openFixture } from "../explain/support.ts";
import { convolution } from "../reference/convolution.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { dispatchesOf } from "./watch.ts";

const host = useEngine();
const channels = 256;
const shapes = { x: [1, 9, 10, channels], w: [3, 3, channels, 4] } as const;

// src/autograd/ops/conv-winograd.ts states these
it.each([
  [2, 6e-7],
  [4, 3e-6],
])("tiles of %i pixels: the largest error over 256 channels is at most %f of the largest value", async (side, most) => {
  const { engine } = host;
  const values = {
    x: randomValues("x", 90 * channels).map((x) => Math.max(x, 0)),
    w: randomValues("w", 36 * channels),
  };
  const expected = convolution({ padding: "same" }).forward({
    x: { shape: [...shapes.x], data: Float64Array.from(values.x) },
    w: { shape: [...shapes.w], data: Float64Array.from(values.w) },
  }).data;
  engine.variants.set("conv2d", `winograd-${side}`);
  using x = engine.tensor(values.x, shapes.x);
  using w = engine.tensor(values.w, shapes.w);
  using y = conv2d(x, w, undefined, { padding: "same" });
  engine.variants.clear();
  const computed = await y.read();
  const errors = Array.from(computed, (value, i) => Math.abs(value - (expected[i] ?? 0)));
  const largest = Math.max(...Array.from(expected, Math.abs));
  expect(largest).toBeGreaterThan(0.1);
  expect(Math.max(...errors) / largest).toBeLessThan(most);
  expect(Math.max(...errors)).toBeGreaterThan(0);
});

it("are not taken while an exact tape records, so that a plain background stays plain", async () => {
  await asLavapipe(async () => {
    const plain = { exact: await passOverBlob(false), fast: await passOverBlob(true) };
    expect(plain.exact.kernels.some((name) => name.startsWith("winograd"))).toBe(false);
    expect(plain.exact.zeros.every((value) => value === 0)).toBe(true);
    expect(plain.fast.kernels).toContain("winograd-4-packed-input");
    expect(plain.fast.walk.some((name) => name.startsWith("winograd"))).toBe(true);
    expect(plain.exact.walk.some((name) => name.startsWith("winograd"))).toBe(false);
  });
});

it("change a map of a photograph by no more than a ten thousandth", async () => {
  await asLavapipe(async () => {
    const { model, x } = await openFixture(host.engine, "vgg-like");
    const mapOf = async (fast: boolean) => {
      using run = explain(model, x, { fast });
      return { exact: run.tape.exact, values: (await run.gradCam()).raw.data };
    };
    const [exact, fast] = [await mapOf(false), await mapOf(true)];
    x.dispose();
    model.dispose();
    expect([exact.exact, fast.exact]).toEqual([true, false]);
    const largest = Math.max(...Array.from(exact.values, Math.abs));
    expect(largest).toBeGreaterThan(0);
    const errors = Array.from(fast.values, (value, i) => Math.abs(value - (exact.values[i] ?? 0)));
    expect(Math.max(...errors) / largest).toBeLessThan(1e-4);
  });
});

/** Runs `body` on an adapter that says it is lavapipe, where Winograd is the choice. */
async function asLavapipe(body: () => Promise<void>): Promise<void> {
  const open: { adapter: AdapterReport } = host.engine;
  const before = open.adapter;
  open.adapter = { ...before, software: true, wideRegisters: true };
  try {
    await body();
  } finally {
    open.adapter = before;
  }
}

/** A bright spot on black: the kernels of a pass and of its walk back, and the result where no tap sees the spot. */
async function passOverBlob(fast: boolean) {
  const { engine } = host;
  const size = 32;
  const picture = new Float32Array(size * size * 16);
  picture.fill(1, 16 * (size * 9 + 9), 16 * (size * 9 + 11));
  using x = engine.tensor(picture, [1, size, size, 16]);
  using w = engine.tensor(randomValues("w", 9 * 16 * 16), [3, 3, 16, 16]);
  using tape = new Tape(engine, { fast });
  const { result: y, dispatches } = dispatchesOf(engine, () =>
    tape.run(() => conv2d(x, w, undefined, { padding: "same" })),
  );
  const { result, dispatches: back } = dispatchesOf(engine, () => tape.backward(y, { wrt: [x] }));
  for (const dx of result) dx.dispose();
  const values = await y.read();
  const away = (i: number) => Math.abs(Math.floor(i / 16 / size) - 9) > 1;
  return {
    kernels: dispatches.map(({ kernel }) => kernel.name),
    walk: back.map(({ kernel }) => kernel.name),
    zeros: Array.from(values).filter((_, i) => away(i)),
  };
}
