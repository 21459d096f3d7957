// Everything that can go wrong on a GPU: each is one error of its class that says what happened.
import { afterEach, describe, expect, it, vi } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { scale } from "../../src/autograd/ops/arithmetic.ts";
import { Tape } from "../../src/autograd/tape.ts";
import {
  BacklightError,
  DeviceLostError,
  KernelCompileError,
  NonFiniteError,
  OutOfMemoryError,
  ShapeError,
} from "../../src/errors.ts";
import { reluKernel } from "../../src/kernels/elementwise.ts";
import { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
afterEach(() => {
  vi.restoreAllMocks();
});

/** relu with another program, under a name that nothing else uses. */
function kernelOf(name: string, source: string, grid = 1): typeof reluKernel {
  const naive = { source, grid: () => [grid, 1, 1] as const };
  return { ...reluKernel, name, variants: { naive, vec4: naive } };
}

const program = (body: string) => `
struct Uniforms { n: u32, most: f32, threshold: f32, slope: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;
@compute @workgroup_size(1)
fn main() { ${body} }`;

describe("a lost device", () => {
  it("fails once and clearly, then at every use; it is told to listeners once", async () => {
    using engine = await Engine.create();
    const lost: DeviceLostError[] = [];
    engine.on("lost", (error) => lost.push(error));
    using x = engine.tensor([1, 2], [2]);
    engine.device.destroy();
    const error = await x.read().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(String(error)).toMatch(/^DeviceLostError: the GPU device was lost \(.+\): .+\. Make a new Engine\.$/);
    expect(lost).toEqual([error]);
    expect(() => relu(x)).toThrow(DeviceLostError);
    expect(() => engine.tensor([1], [1])).toThrow(DeviceLostError);
    await expect(engine.finish()).rejects.toBe(error);
    await expect(engine.read([x])).rejects.toBe(error);
    expect(lost.length).toBe(1);
  });

  it("rejects what waits for it, rather than to hang", async () => {
    using engine = await Engine.create();
    using x = engine.tensor(new Float32Array(1000).fill(1), [1000]);
    let y: Tensor = relu(x);
    for (let i = 0; i < 20; i++) y = scale(y, 1.5);
    const reading = y.read();
    const waiting = engine.finish();
    engine.device.destroy();
    // a read may have come through in time; if not, it says why
    const outcomes = await Promise.allSettled([reading, waiting]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(DeviceLostError);
    await expect(engine.finish()).rejects.toThrow(DeviceLostError);
  });

  it("in the middle of encoding", async () => {
    using engine = await Engine.create();
    using x = engine.tensor([1, 2], [2]);
    const y = relu(x);
    engine.device.destroy();
    await expect(y.read()).rejects.toThrow(DeviceLostError);
  });

  it("leaves other engines alone, and a new one works", async () => {
    const first = await Engine.create();
    first.device.destroy();
    await expect(first.finish()).rejects.toThrow(DeviceLostError);
    first.dispose();
    using second = await Engine.create();
    for (const engine of [host.engine, second]) {
      using x = engine.tensor([-1, 2], [2]);
      using y = relu(x);
      expect([...(await y.read())]).toEqual([0, 2]);
    }
  });
});

describe("a kernel that does not compile", () => {
  it("is shown with its lines numbered, every time, and nothing else suffers", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    using y = engine.empty([2]);
    const broken = kernelOf("test-broken", program("y[0] = nonsense;"));
    for (let time = 0; time < 2; time++) {
      engine.runtime.dispatch(broken, { x: x.range, y: y.range }, { n: 2, most: 0, threshold: 0, slope: 0 }, "naive");
      const error = await engine.finish().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(KernelCompileError);
      expect(String(error)).toContain("test-broken/naive does not compile");
      expect(String(error)).toContain("nonsense");
      expect(String(error)).toMatch(/\n {3}7 fn main\(\) \{ y\[0\] = nonsense; \}/);
    }
    using z = relu(x);
    expect([...(await z.read())]).toEqual([1, 2]);
  });

  it("whose bindings do not agree with its definition is named", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    using y = engine.empty([2]);
    const swapped = kernelOf("test-swapped", program("y[0] = x[0];").replace("storage, read>", "storage, read_write>"));
    engine.runtime.dispatch(swapped, { x: x.range, y: y.range }, { n: 2, most: 0, threshold: 0, slope: 0 }, "naive");
    const error = await engine.finish().catch((caught: unknown) => caught);
    expect(String(error)).toContain("test-swapped");
    expect(error).toBeInstanceOf(KernelCompileError);
  });
});

describe("what the GPU would refuse", () => {
  it("is refused before where it can be known: aliases and too many workgroups", () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    using y = engine.empty([2]);
    const alias = () =>
      engine.runtime.dispatch(
        reluKernel,
        { x: x.range, y: x.range },
        { n: 2, most: 0, threshold: 0, slope: 0 },
        "naive",
      );
    expect(alias).toThrow(ShapeError);
    expect(alias).toThrow("relu: y and x are the same buffer");
    const many = kernelOf("test-many", program("y[0] = x[0];"), 65_536);
    const run = () =>
      engine.runtime.dispatch(many, { x: x.range, y: y.range }, { n: 2, most: 0, threshold: 0, slope: 0 }, "naive");
    expect(run).toThrow("test-many (naive): 65536,1,1 workgroups, at most 65535 in each direction");
  });

  it("is one error at the next wait, and the engine goes on", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    using y = engine.empty([2]);
    // past the end of both buffers
    engine.runtime.copy({ ...x.range, size: 1 << 20 }, { ...y.range, size: 1 << 20 });
    const error = await engine.read([y]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BacklightError);
    expect(String(error)).toContain("the GPU refused a command");
    using z = relu(x);
    expect([...(await z.read())]).toEqual([1, 2]);
  });
});

describe("memory that cannot be had", () => {
  it("is one OutOfMemoryError with what the driver said and what to do", async () => {
    const { engine } = host;
    using x = engine.tensor([1, 2], [2]);
    await engine.finish();
    // drivers of this lane may grant any amount: their answer is put in their mouth
    using y = relu(x);
    const pop = vi.spyOn(engine.device, "popErrorScope");
    pop.mockResolvedValueOnce(new GPUOutOfMemoryError("no room for 64 GiB"));
    const error = await engine.read([y]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect(String(error)).toMatch(/the GPU is out of memory: no room for 64 GiB. Use a smaller batch/);
    expect([...(await y.read())]).toEqual([1, 2]);
  });

  it("is not asked again of the buffers that were refused", async () => {
    const { engine } = host;
    engine.pool.trim();
    await engine.finish();
    const before = engine.memory();
    const x = engine.zeros([1000]);
    const refused = x.range.buffer;
    vi.spyOn(engine.device, "popErrorScope").mockResolvedValueOnce(new GPUOutOfMemoryError("no room"));
    await expect(engine.finish()).rejects.toThrow(OutOfMemoryError);
    x.dispose();
    using y = engine.zeros([1000]);
    expect(y.range.buffer).not.toBe(refused);
    expect(engine.memory().pooledBytes).toBe(before.pooledBytes);
    expect((await y.read()).every((value) => value === 0)).toBe(true);
  });

  it("is known before where it exceeds the device's limits", () => {
    const { engine } = host;
    const { maxBufferSize } = engine.device.limits;
    expect(() => engine.pool.take(maxBufferSize + 4)).toThrow(OutOfMemoryError);
    expect(() => engine.pool.take(maxBufferSize + 4)).toThrow(
      /a buffer of \d+ bytes is wanted, this device allows \d+/,
    );
  });
});

describe("checked mode", () => {
  it("names the first operation whose result is not finite, and recovers", async () => {
    using engine = await Engine.create({ check: true });
    using x = engine.tensor([1, 2, 3e38], [3]);
    using tape = new Tape(engine);
    const y = tape.run(() => {
      tape.label = "block1";
      const a = scale(x, 0.5);
      tape.label = "block2";
      const b = scale(a, 4);
      tape.label = "block3";
      return scale(b, 0);
    });
    const error = await y.read().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(String(error)).toContain('"block2" is the first operation whose result holds NaN or infinity');
    using fine = relu(x);
    expect((await fine.read())[1]).toBe(2);
  });

  it("finds NaN as well, in tensors held in several buffers, and minds no empty ones", async () => {
    using engine = await Engine.create({ check: true, maxBindingBytes: 1024 });
    using none = engine.tensor([], [0, 3]);
    using empty = relu(none);
    expect((await empty.read()).length).toBe(0);
    const values = new Float32Array(1000);
    values[999] = Number.NaN;
    using x = engine.tensor(values, [100, 10]);
    using y = scale(x, 2);
    await expect(y.read()).rejects.toThrow('"scale" is the first operation');
  });

  it("lays a fault to the read that it belongs to", async () => {
    using engine = await Engine.create({ check: true });
    using bad = engine.tensor([Number.POSITIVE_INFINITY], [1]);
    using good = engine.tensor([1], [1]);
    using tape = new Tape(engine);
    const label = (name: string, x: Tensor) => {
      tape.label = name;
      return tape.run(() => scale(x, 1));
    };
    const reads = [label("first", good).read(), label("second", bad).read(), label("third", good).read()];
    const [first, second, third] = await Promise.allSettled(reads);
    expect(first).toEqual({ status: "fulfilled", value: new Float32Array([1]) });
    expect(second).toMatchObject({ status: "rejected", reason: { name: "NonFiniteError" } });
    expect(String(second?.status === "rejected" && second.reason)).toContain('"second" is the first operation');
    expect(third).toEqual(first);
  });

  it("is off unless asked for", async () => {
    const { engine } = host;
    using x = engine.tensor([Number.POSITIVE_INFINITY], [1]);
    const before = engine.counts.dispatches;
    using y = scale(x, 2);
    expect([...(await y.read())]).toEqual([Number.POSITIVE_INFINITY]);
    expect(engine.counts.dispatches - before).toBe(1);
  });
});
