// One forward pass, one submission and one read-back for all questions to a picture; all memory comes back.
import { describe, expect, it } from "vitest";
import { NotDefinedError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import { classLogit } from "../../src/explain/targets.ts";
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

it("gives all memory back after results, refusals and a run without questions", async () => {
  const { engine } = host;
  const { model, x } = await openFixture(engine, "residual");
  const before = engine.memory();
  const asks: readonly ((run: Run) => Promise<unknown>)[] = [
    (run) => run.sweep(),
    (run) => run.guidedGradCam(),
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
