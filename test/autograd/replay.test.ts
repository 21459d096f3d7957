// Running the end of a recording again with a changed activation.
import { describe, expect, it } from "vitest";
import { add, mul } from "../../src/autograd/ops/arithmetic.ts";
import { concat, flatten } from "../../src/autograd/ops/layout.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError } from "../../src/errors.ts";
import { dispatchesOf } from "../ops/watch.ts";
import { expectClose, expectEqual } from "../support/close.ts";
import { useConvTiles } from "../support/conv-tiles.ts";
import { useEngine } from "../support/engine.ts";
import { Network, random, take } from "./network.ts";

const host = useEngine();
useConvTiles(host);
const SUFFIX = ["conv2d", "relu", "sum", "dense", "sum-slices"];

describe("replay", () => {
  it("with the recorded value gives the recorded result, and runs the suffix only", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    const { result, dispatches } = dispatchesOf(host.engine, () =>
      tape.replay(activations.logits, activations.pool, activations.pool),
    );
    expect(dispatches.map(({ kernel }) => kernel.name)).toEqual(SUFFIX);
    expect(await take(result)).toEqual([...(await activations.logits.read())]);
  });

  it("equals a whole forward pass whose activation is changed in the same way", async () => {
    using net = new Network(host.engine);
    const { engine } = host;
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using mask = engine.tensor(
      Float32Array.from({ length: 8 }, (_, channel) => Number(channel !== 3)),
      [8],
    );
    using erased = mul(activations.pool, mask);
    const replayed = await take(tape.replay(activations.logits, activations.pool, erased));
    const whole = await take(engine.scope(() => net.suffix(mul(net.forward().pool, mask)).logits));
    expect(replayed).toEqual(whole);
    expect(replayed).not.toEqual([...(await activations.logits.read())]);
  });

  it("takes a batch of changed activations at once", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using masks = random(host.engine, "masks", [3, 4, 4, 1]);
    using batch = mul(activations.pool, masks);
    expect(batch.shape).toEqual([3, 4, 4, 8]);
    const logits = tape.replay(activations.logits, activations.pool, batch);
    expect(logits.shape).toEqual([3, 5]);
    const all = await take(logits);
    const values = await batch.read();
    for (let i = 0; i < 3; i++) {
      using one = host.engine.tensor(values.slice(i * 128, (i + 1) * 128), [1, 4, 4, 8]);
      const alone = await take(tape.replay(activations.logits, activations.pool, one));
      expectClose(all.slice(5 * i, 5 * i + 5), alone, { atol: 1e-6, rtol: 1e-6 }, `picture ${i}`);
    }
  });

  it("follows branches, reshapes and both inputs of one operation", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    using tape = new Tape(engine);
    const y = tape.run(() => concat([flatten(add(x, x)), flatten(x)], 1));
    using value = engine.tensor([1, 0, 0, 0, 0, 0, 0, 9], [2, 2, 2, 1]);
    const again = tape.replay(y, x, value);
    expect(again.shape).toEqual([2, 8]);
    expectEqual(await take(again), [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 18, 0, 0, 0, 9], "replayed");
  });

  it("repeats what else depends on the pictures: a shortcut round the changed activation", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]);
    using tape = new Tape(engine);
    tape.inputs.add(x.id);
    const doubled = tape.run(() => add(x, x));
    const y = tape.run(() => mul(x, doubled));
    // two versions of two pictures
    using value = engine.tensor([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4], [4, 2, 2, 1]);
    const again = await take(tape.replay(y, doubled, value));
    expectEqual(again, [1, 2, 3, 4, 10, 12, 14, 16, 3, 6, 9, 12, 20, 24, 28, 32], "replayed");
  });

  it("runs nothing that y does not depend on", () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [1, 2]);
    using tape = new Tape(engine);
    const y = tape.run(() => add(x, x));
    tape.run(() => mul(y, y));
    const { result, dispatches } = dispatchesOf(engine, () => tape.replay(y, x, x));
    expect(dispatches.map(({ kernel }) => kernel.name)).toEqual(["add"]);
    result.dispose();
  });

  it("of the tensor itself is the value", async () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using value = random(host.engine, "value", [1, 5]);
    const result = tape.replay(activations.logits, activations.logits, value);
    expect(await take(result)).toEqual([...(await value.read())]);
  });

  it("refuses a value of another shape, and a y that does not depend on the tensor", () => {
    using net = new Network(host.engine);
    using tape = new Tape(host.engine);
    const activations = net.record(tape);
    using value = random(host.engine, "value", [1, 4, 4, 7]);
    const misfit = () => tape.replay(activations.logits, activations.pool, value);
    expect(misfit).toThrow(ShapeError);
    expect(misfit).toThrow("replay: value is [1, 4, 4, 7] but takes the place of [1, 4, 4, 8]");
    const backwards = () => tape.replay(activations.pool, activations.logits, activations.logits);
    expect(backwards).toThrow("replay: y does not depend on the tensor that is replaced");
  });
});
