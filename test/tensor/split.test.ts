// Tensors larger than one binding, up to VGG16's first dense layer at its real size.
import { describe, expect, it } from "vitest";
import { scale } from "../../src/autograd/ops/arithmetic.ts";
import { dense } from "../../src/autograd/ops/dense.ts";
import { flatten, reshape, zeroPad2d } from "../../src/autograd/ops/layout.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { OutOfMemoryError, ShapeError } from "../../src/errors.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";

const SPLIT_BYTES = 4096;

describe("a tensor of several buffers", () => {
  const host = useEngine({ maxBindingBytes: SPLIT_BYTES });

  it("is cut between rows, at powers of two, and is read back whole", async () => {
    const values = randomValues("split", 2500);
    using x = host.engine.tensor(values, [25, 100]);
    // 8 rows of 400 bytes fit in 4,096
    expect(x.storage.partElements).toBe(800);
    expect(x.storage.buffers.length).toBe(4);
    expect(host.engine.memory().liveBuffers).toBe(4);
    expect(await x.read()).toEqual(values);
  });

  it("is written in pieces that do not mind the cuts", async () => {
    const values = randomValues("pieces", 2500);
    using x = host.engine.writable([25, 100]);
    for (let start = 0; start < 2500; start += 333)
      host.engine.write(x, start, values.subarray(start, Math.min(2500, start + 333)));
    expect(await x.read()).toEqual(values);
    expect(() => host.engine.write(x, 2000, values.subarray(0, 501))).toThrow("elements 2000 to 2501 do not fit");
  });

  it("is zeros throughout when zeros are asked for, though its buffers were used before", async () => {
    host.engine.tensor(randomValues("before", 2500), [25, 100]).dispose();
    using x = host.engine.zeros([25, 100]);
    expect((await x.read()).every((value) => value === 0)).toBe(true);
  });

  it("keeps its cuts under another shape, if they fall between its rows", async () => {
    const { engine } = host;
    const values = randomValues("view", 2400);
    using x = engine.tensor(values, [24, 10, 10]);
    using flat = flatten(x);
    using finer = reshape(x, [240, 10]);
    expect(await flat.read()).toEqual(values);
    expect(await finer.read()).toEqual(values);
    expect(() => reshape(x, [2, 1200])).toThrow(ShapeError);
    expect(() => reshape(x, [2, 1200])).toThrow("[24, 10, 10] is held in several buffers; [2, 1200] would cut a row");
  });

  it("is worked on in blocks that cross no cut, also where cuts lie elsewhere than those of the result", async () => {
    const values = randomValues("thirds", 7200);
    // 3 rows of 300 elements fit in 4,096 bytes, 2 for a power of two: as rows of 20, cut after every 30
    using x = host.engine.tensor(values, [24, 300]);
    using rows = reshape(x, [360, 20]);
    using doubled = scale(rows, 2);
    expect([rows, doubled].map(({ storage }) => storage.partElements / 20)).toEqual([30, 32]);
    expect(await doubled.read()).toEqual(values.map((value) => 2 * value));
    // a result that is filled only in part, at offsets where no binding can begin
    using pictures = reshape(x, [360, 5, 4, 1]);
    using padded = zeroPad2d(pictures, [
      [0, 0],
      [1, 0],
    ]);
    const wanted = Float32Array.from({ length: 9000 }, (_, i) =>
      i % 5 === 0 ? 0 : (values[4 * Math.floor(i / 5) + (i % 5) - 1] ?? Number.NaN),
    );
    expect(await padded.read()).toEqual(wanted);
  });

  it("is never bound as a whole by accident", () => {
    using x = host.engine.zeros([25, 100]);
    expect(() => x.range).toThrow(ShapeError);
    expect(() => x.range).toThrow("tensor [25, 100] is larger than one binding of this device");
  });

  it("with rows too long for one binding is refused, with advice", () => {
    const make = () => host.engine.empty([2, 1025]);
    expect(make).toThrow(OutOfMemoryError);
    expect(make).toThrow("one row of shape [2, 1025] takes 4100 bytes, this device binds at most 4096");
  });
});

describe("VGG16's fc1, 25,088 x 4,096, on a device with WebGPU's default limits", () => {
  const host = useEngine({ limits: "default" });
  const [K, OC] = [25_088, 4096];
  /** w[k, oc] = (k + oc) mod 7 - 3: small whole numbers, so that all sums are exact. */
  const PERIOD = 7;
  const weightAt = (k: number, oc: number) => ((k + oc) % PERIOD) - 3;

  it("gives right values and right gradients", async () => {
    const { engine } = host;
    using w = engine.writable([K, OC]);
    expect(w.storage.buffers.length).toBeGreaterThan(3); // 411 MB in pieces of at most 128 MiB
    const rows = 64 * PERIOD;
    const block = new Float32Array(rows * OC);
    for (let i = 0; i < block.length; i++) block[i] = weightAt(Math.floor(i / OC), i % OC);
    for (let k = 0; k < K; k += rows) engine.write(w, k * OC, block);

    const xs = Float32Array.from({ length: K }, (_, k) => (k % 5) - 2);
    const seeds = Float32Array.from({ length: OC }, (_, oc) => (oc % 3) - 1);
    using x = engine.tensor(xs, [1, K]);
    using seed = engine.tensor(seeds, [1, OC]);
    using tape = new Tape(engine);
    const y = tape.run(() => dense(x, w, undefined));
    const [dx] = tape.backward(y, { seed, wrt: [x] });
    if (!dx) throw new RangeError("no gradient");
    const [yValues, dxValues] = await engine.read([y, dx]);
    dx.dispose();

    // rows and columns repeat: add up x by k mod 7, dy by oc mod 7
    const [xSums, dySums] = [sumsByRest(xs, PERIOD), sumsByRest(seeds, PERIOD)];
    const wantedY = Float32Array.from({ length: OC }, (_, oc) => dot(xSums, (k) => weightAt(k, oc)));
    const wantedDx = Float32Array.from({ length: K }, (_, k) => dot(dySums, (oc) => weightAt(k, oc)));
    expect(wantedY.some((value) => value !== 0) && wantedDx.some((value) => value !== 0)).toBe(true);
    expect(yValues).toEqual(wantedY);
    expect(dxValues).toEqual(wantedDx);
    w.dispose();
    engine.pool.trim();
  });
});

function sumsByRest(values: Float32Array, period: number): number[] {
  const sums = Array<number>(period).fill(0);
  for (const [i, value] of values.entries()) sums[i % period] = (sums[i % period] ?? 0) + value;
  return sums;
}

function dot(sums: readonly number[], at: (rest: number) => number): number {
  return sums.reduce((total, sum, rest) => total + sum * at(rest), 0);
}
