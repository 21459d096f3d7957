// Who owns a tensor, and that all memory comes back.
import { describe, expect, it } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { add, scale } from "../../src/autograd/ops/arithmetic.ts";
import { reshape } from "../../src/autograd/ops/layout.ts";
import { DisposedError, OutOfMemoryError, ShapeError } from "../../src/errors.ts";
import type { Runtime } from "../../src/kernels/runtime.ts";
import { scope } from "../../src/tensor/engine.ts";
import { BufferPool } from "../../src/tensor/pool.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const live = () => host.engine.memory().liveTensors;

describe("tensors", () => {
  it("are written and read as they are", async () => {
    const { engine } = host;
    using floats = engine.tensor([1.5, -2, 3e38, 1e-30], [2, 2]);
    using integers = engine.tensor(new Int32Array([7, -1]), [2]);
    using none = engine.tensor([], [0, 3]);
    using scalar = engine.tensor([5], []);
    using zeros = engine.zeros([3]);
    const [a, b, c, d, e] = await engine.read([floats, integers, none, scalar, zeros]);
    expect(a).toEqual(Float32Array.from([1.5, -2, 3e38, 1e-30]));
    expect(b).toEqual(new Int32Array([7, -1]));
    expect(c).toEqual(new Float32Array());
    expect(d).toEqual(new Float32Array([5]));
    expect(e).toEqual(new Float32Array(3));
  });

  it("several are read with one submission and one map", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2, 3, 4], [4]);
    using y = relu(x);
    using z = scale(y, 2);
    const before = engine.counts;
    await engine.read([x, y, z]);
    expect(engine.counts.submissions - before.submissions).toBe(1);
    expect(engine.counts.readbacks - before.readbacks).toBe(1);
  });

  it("want as many values as their shape has, and whole extents", () => {
    const { engine } = host;
    expect(() => engine.tensor([1, 2, 3], [2, 2])).toThrow(ShapeError);
    expect(() => engine.tensor([1, 2, 3], [2, 2])).toThrow("tensor: 3 values given, shape [2, 2] wants 4");
    for (const shape of [[-1], [1.5], [Number.NaN]])
      expect(() => engine.empty(shape)).toThrow(/is no shape; extents are whole numbers, at least 0/);
  });

  it("are not written past their end", () => {
    using x = host.engine.writable([2, 3]);
    expect(() => host.engine.write(x, 4, new Float32Array(3))).toThrow("write: elements 4 to 7 do not fit in [2, 3]");
  });

  it("larger than any buffer of the device are refused", () => {
    const { engine } = host;
    const elements = engine.device.limits.maxBufferSize;
    expect(() => engine.empty([1, elements])).toThrow(OutOfMemoryError);
  });
});

describe("dispose", () => {
  it("gives memory back at once, and twice does no harm", () => {
    const { engine } = host;
    const before = engine.memory();
    const x = engine.zeros([1000]);
    expect(engine.memory().liveBytes).toBeGreaterThanOrEqual(before.liveBytes + 4000);
    expect(engine.memory().liveBuffers).toBe(before.liveBuffers + 1);
    x.dispose();
    x.dispose();
    const { liveTensors, liveBuffers, liveBytes } = before;
    expect(engine.memory()).toMatchObject({ liveTensors, liveBuffers, liveBytes });
  });

  it("makes every use an error that says so", async () => {
    const x = host.engine.zeros([2, 3]);
    x.dispose();
    expect(x.disposed).toBe(true);
    for (const use of [() => relu(x), () => x.range, () => x.withShape([6]), () => add(x, x)])
      expect(use).toThrow(DisposedError);
    await expect(x.read()).rejects.toThrow("tensor [2, 3] was disposed: keep it with scope()'s return value");
    await expect(host.engine.read([x])).rejects.toThrow(DisposedError);
  });

  it("is what `using` does", () => {
    const before = live();
    {
      using x = host.engine.zeros([4]);
      using y = relu(x);
      expect(y.disposed).toBe(false);
      expect(live()).toBe(before + 2);
    }
    expect(live()).toBe(before);
  });

  it("of a view leaves the values to the others", async () => {
    const { engine } = host;
    const x = engine.tensor([1, 2, 3, 4], [4]);
    const { liveBuffers } = engine.memory();
    const view = reshape(x, [2, 2]);
    expect(engine.memory().liveBuffers).toBe(liveBuffers);
    x.dispose();
    expect([...(await view.read())]).toEqual([1, 2, 3, 4]);
    view.dispose();
    expect(engine.memory().liveBuffers).toBe(liveBuffers - 1);
  });
});

describe("scope", () => {
  it("frees all but what it returns: a tensor, arrays, objects, maps", async () => {
    const { engine } = host;
    using x = engine.tensor([-1, 2], [2]);
    const before = live();
    const kept = engine.scope(() => {
      const y = relu(x);
      const z = scale(y, 2);
      scale(z, 100);
      return { list: [y], map: new Map([["z", z]]), name: "kept", count: 3, nothing: null };
    });
    expect(live()).toBe(before + 2);
    expect([...((await kept.list[0]?.read()) ?? [])]).toEqual([0, 2]);
    expect([...((await kept.map.get("z")?.read()) ?? [])]).toEqual([0, 4]);
    for (const tensor of [...kept.list, ...kept.map.values()]) tensor.dispose();
  });

  it("hands its results to the scope around it", () => {
    const { engine } = host;
    using x = engine.tensor([-1, 2], [2]);
    const before = live();
    const y = engine.scope(() => {
      const inner = engine.scope(() => scale(relu(x), 2));
      expect(live()).toBe(before + 1);
      return scale(inner, 3);
    });
    expect(live()).toBe(before + 1);
    y.dispose();
  });

  it("leaves tensors of before alone, also when it returns them", () => {
    const { engine } = host;
    using x = engine.zeros([2]);
    expect(scope(x, () => x)).toBe(x);
    expect(x.disposed).toBe(false);
  });

  it("frees everything when its body throws", () => {
    const before = live();
    const body = () => {
      host.engine.zeros([3]);
      throw new RangeError("in the middle");
    };
    expect(() => host.engine.scope(body)).toThrow("in the middle");
    expect(live()).toBe(before);
  });

  it("lets go of what `keep` takes, through all scopes", () => {
    const { engine } = host;
    const before = live();
    const owned: Tensor[] = [];
    engine.scope(() => {
      engine.scope(() => {
        owned.push(engine.keep(engine.zeros([2])));
        engine.zeros([3]);
      });
    });
    expect(live()).toBe(before + 1);
    for (const tensor of owned) tensor.dispose();
  });

  it("refuses a body that returns a promise", () => {
    expect(() => host.engine.scope(async () => 1)).toThrow(DisposedError);
    expect(() => host.engine.scope(async () => 1)).toThrow("scope() takes a function that is not async");
  });
});

describe("the pool", () => {
  it("hands a freed buffer out again, to tensors of about that size", () => {
    const { engine } = host;
    engine.pool.trim();
    const x = engine.empty([1000]);
    const [buffer] = x.storage.buffers;
    x.dispose();
    const { pooledBytes } = engine.memory();
    expect(pooledBytes).toBeGreaterThanOrEqual(4000);
    using y = engine.empty([1010]);
    expect(y.storage.buffers[0]).toBe(buffer);
    expect(engine.memory().pooledBytes).toBe(0);
    using z = engine.empty([1000]);
    expect(z.storage.buffers[0]).not.toBe(buffer);
  });

  it("rounds sizes up no further than the device allows", () => {
    const sizes: number[] = [];
    const device = {
      limits: { maxBufferSize: 10_000 },
      createBuffer: ({ size }: { size: number }) => {
        sizes.push(size);
        return { size };
      },
    };
    const runtime = { device, assertAlive: () => undefined, refused: new Set(), serial: 0, pending: false };
    const pool = new BufferPool(runtime as unknown as Runtime);
    for (const bytes of [9000, 9900, 10_000]) pool.take(bytes);
    expect(sizes).toEqual([9216, 9900, 10_000]);
    expect(() => pool.take(10_004)).toThrow("a buffer of 10004 bytes is wanted, this device allows 10000");
  });

  it("does not let the CPU write into what encoded commands still read", async () => {
    const { engine } = host;
    const x = engine.tensor([1, 2, 3, 4], [4]);
    using y = scale(x, 10); // encoded, not yet run
    x.dispose();
    using next = engine.tensor([5, 6, 7, 8], [4]);
    expect([...(await y.read())]).toEqual([10, 20, 30, 40]);
    expect([...(await next.read())]).toEqual([5, 6, 7, 8]);
  });

  it("gives everything free back to the driver on request, and remembers the peak", () => {
    const { engine } = host;
    engine.pool.resetPeak();
    const before = engine.memory();
    engine.zeros([100_000]).dispose();
    engine.zeros([50_000]).dispose();
    expect(engine.memory().peakBytes - before.liveBytes).toBeGreaterThanOrEqual(400_000);
    expect(engine.memory().peakBytes - before.liveBytes).toBeLessThan(600_000);
    expect(engine.memory().pooledBytes).toBeGreaterThan(0);
    engine.pool.trim();
    expect(engine.memory().pooledBytes).toBe(0);
  });
});
