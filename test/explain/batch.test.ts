// Several targets and several pictures in one call answer as each would alone.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { explain } from "../../src/explain/explain.ts";
import { channel, maxOverChannels } from "../../src/explain/layer-targets.ts";
import { classLogit, classProbability, topClass } from "../../src/explain/targets.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { loadFixtureModel, withRun } from "./support.ts";

const host = useEngine();
const tolerance = { rtol: 2e-5, atol: 1e-7 };

function pictureLike(engine: Engine, x: readonly (number | null)[], seed: string): Tensor {
  const shape = x.map((extent) => extent ?? 1);
  return engine.tensor(
    randomValues(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );
}

/** Equal up to a share of the largest value. */
function expectSame(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  const scale = Array.from(wanted).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  expectClose(Array.from(found), Array.from(wanted), { ...tolerance, atol: 2e-5 * scale }, what);
}

describe.each(["residual", "separable", "xception-like"])("%s", (name) => {
  it("several targets of one call", () =>
    withRun(host.engine, name, async (run) => {
      const target = [classLogit(1), topClass(), classLogit(0), classProbability(2)];
      const together = await Promise.all([
        run.gradCam({ target }),
        run.saliency({ target }),
        run.guidedBackprop({ target }),
        run.guidedGradCam({ target }),
      ]);
      const [maps, saliency, guided, both] = together;
      for (const [i, one] of target.entries()) {
        const alone = await run.gradCam({ target: one });
        expect(maps[i]?.provenance).toEqual(alone.provenance);
        expectSame(maps[i]?.raw.data ?? [], alone.raw.data, `Grad-CAM of ${one.name}`);
        expectSame(maps[i]?.alpha ?? [], alone.alpha, `alpha of ${one.name}`);
        expectSame(saliency[i]?.values ?? [], (await run.saliency({ target: one })).values, `saliency of ${one.name}`);
        expectSame(guided[i]?.values ?? [], (await run.guidedBackprop({ target: one })).values, `guided ${one.name}`);
        expectSame(both[i]?.values ?? [], (await run.guidedGradCam({ target: one })).values, `guided map ${one.name}`);
      }
    }));

  it("several pictures in one recording", async () => {
    const { engine } = host;
    const model = await loadFixtureModel(engine, name);
    const pictures = ["a", "b", "c"].map((seed) => pictureLike(engine, [1, ...model.inputShape.slice(1)], seed));
    const layer = explainOnce(model, pictures[0]);
    using run = explain(model, pictures);
    const target = [topClass(), classLogit(1), maxOverChannels(layer), channel(layer, 0)];
    const [predictions, maps, saliency, sweeps] = await Promise.all([
      run.predictions(2),
      run.gradCam({ layer, target }),
      run.saliency(),
      run.sweep(),
    ]);
    for (const [i, x] of pictures.entries()) {
      using alone = explain(model, x);
      const top = await alone.predictions(2);
      expect(predictions[i]?.map(({ index }) => index)).toEqual(top.map(({ index }) => index));
      const wanted = await alone.gradCam({ layer, target });
      for (const [t, one] of wanted.entries()) {
        expectSame(maps[i]?.[t]?.raw.data ?? [], one.raw.data, `picture ${i}, ${one.provenance.target}`);
        expect(maps[i]?.[t]?.provenance).toEqual({ ...one.provenance, picture: i });
      }
      expectSame(saliency[i]?.values ?? [], (await alone.saliency()).values, `saliency of picture ${i}`);
      const sweep = await alone.sweep();
      for (const [k, one] of sweep.entries())
        expectSame(sweeps[i]?.[k]?.raw.data ?? [], one.raw.data, `${one.provenance.layer} of picture ${i}`);
    }
    model.dispose();
    for (const x of pictures) x.dispose();
  });
});

function explainOnce(model: Parameters<typeof explain>[0], x: Tensor | undefined): string {
  if (!x) throw new ShapeError("no picture");
  using run = explain(model, x);
  return run.layers().at(-2) ?? "";
}

it("CAM of several targets is each one's", () =>
  withRun(host.engine, "residual", async (run) => {
    const target = [classLogit(2), classLogit(0)];
    const [both, first, second] = await Promise.all([
      run.cam({ target }),
      run.cam({ target: target[0] }),
      run.cam({ target: target[1] }),
    ]);
    expectSame(both[0]?.raw.data ?? [], first.raw.data, "class 2");
    expectSame(both[1]?.raw.data ?? [], second.raw.data, "class 0");
  }));

it("takes pictures as they are, and frees what it made of them", async () => {
  const { engine } = host;
  const model = await loadFixtureModel(engine, "residual");
  model.preprocessing = "raw";
  const { liveBuffers } = engine.memory();
  const image = {
    width: 29,
    height: 33,
    channels: 3 as const,
    data: new Uint8Array(29 * 33 * 3).map((_, i) => i % 251),
  };
  {
    using run = explain(model, image);
    using batch = explain(model, [image, image]);
    const [map, maps] = await Promise.all([run.gradCam(), batch.gradCam()]);
    expect(map.input).toEqual({ width: 29, height: 33 });
    expect(map.heatmap()).toMatchObject({ width: 29, height: 33 });
    for (const one of maps) expectSame(one.raw.data, map.raw.data, "the same picture twice");
  }
  expect(engine.memory().liveBuffers).toBe(liveBuffers);
  expect(() => explain(model, [])).toThrow("no pictures were given");
  model.dispose();
});

it("target layers: a pattern takes the last that fits, a node of the tape is itself", () =>
  withRun(host.engine, "residual", async (run) => {
    const names = run.layers();
    const byPattern = await run.gradCam({ layer: /^a_/ });
    expect(byPattern.provenance.layer).toBe(names.findLast((name) => name.startsWith("a_")));
    const node = run.tape.node(names[0] ?? "");
    expect((await run.gradCam({ layer: node })).provenance.layer).toBe(names[0]);
    await expect(run.gradCam({ layer: /^nothing$/ })).rejects.toThrow("no layer with height and width matches");
    await expect(run.gradCam({ layer: { ...node } })).rejects.toThrow("is not of this run's tape");
  }));
