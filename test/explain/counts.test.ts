// One forward pass, one submission and one read-back for all questions to a picture; all memory comes back.
import { describe, expect, it } from "vitest";
import { NotDefinedError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { useEngine } from "../support/engine.ts";
import { openFixture, withRun } from "./support.ts";

const host = useEngine();

/** What `body` added to the engine's counts. */
async function counted(engine: Engine, body: () => unknown) {
  const before = engine.counts;
  await body();
  const after = engine.counts;
  return {
    dispatches: after.dispatches - before.dispatches,
    submissions: after.submissions - before.submissions,
    readbacks: after.readbacks - before.readbacks,
  };
}

const rules = [(run: Run) => run.saliency(), (run: Run) => run.deconvnet(), (run: Run) => run.guidedBackprop()];
const fixtures = ["residual", "separable", "xception-like", "lenet-mnist"];

describe.each(fixtures)("%s", (name) => {
  it("asks all three rules of one forward pass, in one submission with one read-back", async () => {
    const { engine } = host;
    const { model, x } = await openFixture(engine, name);
    await engine.finish();
    const forward = await counted(engine, () => {
      const run = explain(model, x);
      return engine.finish().then(() => run.dispose());
    });
    let backward = 0;
    for (const rule of rules) {
      using run = explain(model, x);
      await engine.finish();
      backward += (await counted(engine, () => rule(run))).dispatches;
    }
    const together = await counted(engine, async () => {
      using run = explain(model, x);
      await Promise.all(rules.map((rule) => rule(run)));
    });
    expect(forward.dispatches).toBeGreaterThan(0);
    expect(backward).toBeGreaterThan(3);
    expect(together).toEqual({ dispatches: forward.dispatches + backward, submissions: 1, readbacks: 1 });
    model.dispose();
    x.dispose();
  });

  it("leaves the recording as it was", () =>
    withRun(host.engine, name, async (run) => {
      const nodes = run.tape.nodes.map(({ label, op }) => `${label} ${op.name}`);
      const [first, , again] = [await run.saliency(), await run.guidedBackprop(), await run.gradCam()];
      expect(run.tape.nodes.map(({ label, op }) => `${label} ${op.name}`)).toEqual(nodes);
      expect(await run.gradCam()).toEqual(again);
      const { x, model } = { x: run.input, model: run.model };
      using afresh = explain(model, x);
      expect((await afresh.saliency()).values).toEqual(first.values);
    }));
});

it("answers every question together with one submission and one read-back", () =>
  withRun(host.engine, "residual", async (run) => {
    const asked = await counted(host.engine, () =>
      Promise.all([
        run.predictions(),
        run.cam(),
        run.gradCam(),
        run.gradCam({ counterfactual: true, layer: "stem_pool" }),
        run.saliency(),
        run.deconvnet(),
        run.guidedBackprop(),
        run.guidedGradCam(),
        run.fullGrad(),
        run.sweep(),
      ]),
    );
    expect(asked).toMatchObject({ submissions: 1, readbacks: 1 });
  }));

it("refuses CAM where it is not defined before anything is submitted", () =>
  withRun(host.engine, "xception-like", async (run) => {
    const asked = await counted(host.engine, () => expect(run.cam()).rejects.toThrow(NotDefinedError));
    expect(asked).toEqual({ dispatches: 0, submissions: 0, readbacks: 0 });
    expect(() => run.camLayer()).toThrow(NotDefinedError);
  }));

it("walks back only as far as the layer asked for", () =>
  withRun(host.engine, "residual", async (run) => {
    await run.predictions();
    const last = await counted(host.engine, () => run.gradCam({ layer: "b_out" }));
    const first = await counted(host.engine, () => run.gradCam({ layer: "stem_relu" }));
    // arg max, one-hot, the VJPs of dense and pooling, the mean, the product and its sum; sums may take two dispatches
    expect(last.dispatches).toBeLessThanOrEqual(10);
    expect(first.dispatches).toBeGreaterThan(2 * last.dispatches);
  }));

it("shares the walk of guided backprop with Guided Grad-CAM", () =>
  withRun(host.engine, "residual", async (run) => {
    await run.predictions();
    const alone = await counted(host.engine, () => run.guidedBackprop());
    const after = await counted(host.engine, () => run.guidedGradCam());
    expect(after.dispatches).toBeLessThan(alone.dispatches);
  }));

it("shares the walk of saliency with FullGrad asked in the same turn, in whichever order", () =>
  withRun(host.engine, "residual", async (run) => {
    await run.predictions();
    const { engine } = host;
    const ask = {
      saliency: (target: Target) => run.saliency({ target }),
      fullGrad: (t: Target) => run.fullGrad({ target: t }),
    };
    const dispatches = async (body: (target: Target) => unknown) =>
      (await counted(engine, () => body(classLogit(1)))).dispatches;
    const [walk, full] = [await dispatches(ask.saliency), await dispatches(ask.fullGrad)];
    expect(full).toBeGreaterThan(walk);
    const both = (target: Target) => Promise.all([ask.saliency(target), ask.fullGrad(target)]);
    const reversed = (target: Target) => Promise.all([ask.fullGrad(target), ask.saliency(target)]);
    expect([await dispatches(both), await dispatches(reversed)]).toEqual([full, full]);
    // later, one has its walk already, the other goes alone
    expect(await dispatches(async (target) => [await ask.fullGrad(target), await ask.saliency(target)])).toBe(full);
    expect(await dispatches(async (target) => [await ask.saliency(target), await ask.fullGrad(target)])).toBe(
      walk + full,
    );
    const target = classLogit(1);
    const [[saliency, map], alone] = [
      await both(target),
      await run.fullGrad({ target: classLogit(1), rescale: "channel" }),
    ];
    expect(map).toEqual(alone);
    expect(saliency).toEqual(await run.saliency({ target: classLogit(1) }));
    // two FullGrads of one target do not see each other's walk
    const [layer, channel] = await Promise.all([run.fullGrad({ target, rescale: "layer" }), run.fullGrad({ target })]);
    expect(channel.raw.data).toEqual(map.raw.data);
    expect(layer.raw.data).not.toEqual(map.raw.data);
  }));

it("answers what was asked for before the run was disposed", async () => {
  const { engine } = host;
  const { model, x } = await openFixture(engine, "residual");
  const before = engine.memory();
  const run = explain(model, x);
  const asked = Promise.all([run.saliency(), run.fullGrad()]);
  run.dispose();
  const [saliency, full] = await asked;
  expect(engine.memory().liveBytes).toBe(before.liveBytes);
  using again = explain(model, x);
  expect([await again.saliency(), await again.fullGrad()]).toEqual([saliency, full]);
  model.dispose();
  x.dispose();
});

it("gives all memory back after results, refusals and a run without questions", async () => {
  const { engine } = host;
  const { model, x } = await openFixture(engine, "residual");
  const before = engine.memory();
  const asks: readonly ((run: Run) => Promise<unknown>)[] = [
    (run) => run.sweep(),
    (run) => run.guidedGradCam(),
    (run) => Promise.all([run.fullGrad(), run.saliency()]),
    (run) => expect(run.fullGrad({ target: classLogit(99) })).rejects.toThrow(UnknownNameError),
    (run) => expect(run.gradCam({ layer: "nowhere" })).rejects.toThrow(UnknownNameError),
    (run) => expect(run.guidedGradCam({ layer: "nowhere" })).rejects.toThrow(UnknownNameError),
    (run) => expect(run.sweep({ target: classLogit(7) })).rejects.toThrow(UnknownNameError),
    async () => undefined,
  ];
  for (const ask of asks) {
    using run = explain(model, x);
    await ask(run);
  }
  const { liveTensors, liveBuffers, liveBytes } = engine.memory();
  expect({ liveTensors, liveBuffers, liveBytes }).toEqual({
    liveTensors: before.liveTensors,
    liveBuffers: before.liveBuffers,
    liveBytes: before.liveBytes,
  });
  model.dispose();
  x.dispose();
});
