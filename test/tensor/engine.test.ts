// Making an engine, what it tells of itself, and its end.
import { afterEach, describe, expect, it, vi } from "vitest";
import { relu } from "../../src/autograd/ops/activations.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { DisposedError, GpuUnavailableError } from "../../src/errors.ts";
import type { EngineEvents } from "../../src/kernels/events.ts";
import { Runtime } from "../../src/kernels/runtime.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { dispatchesOf } from "../ops/watch.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("Engine.create", () => {
  it("takes everything that the adapter allows, or WebGPU's defaults", async () => {
    const adapter = await navigator.gpu.requestAdapter();
    using most = await Engine.create();
    using least = await Engine.create({ limits: "default" });
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter?.limits ?? most.device.limits;
    expect(most.device.limits.maxStorageBufferBindingSize).toBe(maxStorageBufferBindingSize);
    expect(most.maxBindingBytes).toBe(Math.min(maxStorageBufferBindingSize, maxBufferSize));
    expect(least.device.limits.maxBufferSize).toBe(256 * 1024 * 1024);
    expect(least.maxBindingBytes).toBe(128 * 1024 * 1024);
    for (const engine of [most, least]) {
      using x = engine.tensor([-1, 2, -3, 4], [4]);
      using y = relu(x);
      expect([...(await y.read())]).toEqual([0, 2, 0, 4]);
    }
  });

  it("holds nothing, counts its own test of the adapter, and names the adapter", async () => {
    using engine = await Engine.create({ maxBindingBytes: 1000 });
    expect(engine.memory()).toMatchObject({ liveTensors: 0, liveBuffers: 0, liveBytes: 0 });
    expect(engine.counts).toEqual({ dispatches: 1, submissions: 1, readbacks: 1 });
    expect(engine.adapter.name).not.toBe("");
    expect(typeof engine.adapter.software).toBe("boolean");
    expect(engine.maxBindingBytes).toBe(1000);
  });

  it("says what to do where there is no WebGPU", async () => {
    vi.stubGlobal("navigator", {});
    await expect(Engine.create()).rejects.toThrow(GpuUnavailableError);
    await expect(Engine.create()).rejects.toThrow("this runtime has no WebGPU (navigator.gpu is missing)");
  });

  it("says what to do where there is no adapter", async () => {
    const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(Engine.create({ gpu })).rejects.toThrow(GpuUnavailableError);
    await expect(Engine.create({ gpu })).rejects.toThrow("no WebGPU adapter: no graphics driver was found");
  });

  it("passes on why an adapter gave no device", async () => {
    const adapter = { limits: {}, features: new Set(), requestDevice: () => Promise.reject(new Error("consumed")) };
    const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
    await expect(Engine.create({ gpu })).rejects.toThrow("the adapter gave no device: Error: consumed");
  });

  it("refuses a driver that cuts long loops short, and gives the device back", async () => {
    const destroyed = vi.spyOn(GPUDevice.prototype, "destroy");
    vi.spyOn(Runtime.prototype, "read").mockResolvedValue([new Uint32Array([65_535, 0]).buffer]);
    await expect(Engine.create()).rejects.toThrow(
      /ended a loop of 70000 steps after 65535: its driver computes wrongly/,
    );
    expect(destroyed).toHaveBeenCalledOnce();
  });
});

describe("events", () => {
  it("tell of compilation, once a variant, and of submissions", async () => {
    using engine = await Engine.create();
    const compiled: EngineEvents["compile"][] = [];
    const submitted: number[] = [];
    const stop = engine.on("compile", (event) => compiled.push(event));
    engine.on("submit", ({ dispatches }) => submitted.push(dispatches));
    using x = engine.tensor([-1, 2, -3, 4], [4]);
    engine.scope(() => void relu(relu(x)));
    expect(compiled).toEqual([{ kernel: "relu", variant: "vec4" }]);
    expect(submitted).toEqual([]);
    await engine.finish();
    expect(submitted).toEqual([2]);
    stop();
    using odd = engine.tensor([1], [1]);
    engine.scope(() => void relu(odd));
    await engine.finish();
    expect(compiled.length).toBe(1);
    expect(submitted).toEqual([2, 1]);
  });

  it("tell of every kernel that is encoded, and under which label, in the order of the profile", async () => {
    using engine = await Engine.create();
    using x = engine.tensor([-1, 2, -3, 4], [4]);
    using tape = new Tape(engine);
    const dispatched: EngineEvents["dispatch"][] = [];
    const stop = engine.on("dispatch", (event) => dispatched.push(event));
    tape.label = "gate";
    const y = tape.run(() => relu(x));
    const entries = await engine.profile(() => {
      for (const dx of tape.backward(y, { wrt: [x] })) dx.dispose();
    });
    stop();
    engine.scope(() => void relu(x));
    expect(dispatched).toEqual([
      { kernel: "relu", variant: "vec4", label: "gate" },
      { kernel: "relu-vjp", variant: "vec4", label: "gate" },
    ]);
    if (entries) expect(entries.map(({ elapsedNs, ...entry }) => entry)).toEqual(dispatched.slice(1));
  });

  it("do not tell of a loss when the engine is disposed", async () => {
    const engine = await Engine.create();
    const lost = vi.fn();
    engine.on("lost", lost);
    engine.dispose();
    await engine.device.lost;
    expect(lost).not.toHaveBeenCalled();
  });
});

describe("profile", () => {
  it("times every dispatch under its label, where the device has timestamps", async () => {
    using engine = await Engine.create();
    using x = engine.tensor(new Float32Array(4096).fill(-1), [4096]);
    const entries = await engine.profile(() => {
      engine.scope(() => void relu(relu(x)));
    });
    if (!engine.device.features.has("timestamp-query")) return expect(entries).toBeUndefined();
    expect(entries?.map(({ label, kernel, variant }) => [label, kernel, variant])).toEqual([
      ["relu", "relu", "vec4"],
      ["relu", "relu", "vec4"],
    ]);
    for (const { elapsedNs } of entries ?? []) expect(elapsedNs).toBeGreaterThanOrEqual(0);
    expect(await engine.profile(() => undefined)).toEqual([]);
  });

  it("ends where its body throws", async () => {
    using engine = await Engine.create();
    using x = engine.tensor([1, 2], [2]);
    const failing = engine.profile(() => {
      throw new RangeError("in the middle");
    });
    await expect(failing).rejects.toThrow("in the middle");
    const passes = vi.spyOn(GPUCommandEncoder.prototype, "beginComputePass");
    engine.scope(() => void relu(relu(x)));
    expect(passes).toHaveBeenCalledOnce(); // while a profile runs, each dispatch has a pass of its own
  });

  it("has the labels of a tape's nodes, set or not", async () => {
    using engine = await Engine.create();
    using x = engine.tensor([1, 2], [2]);
    using tape = new Tape(engine);
    const record = () => {
      const y = relu(x);
      tape.label = "second";
      relu(y);
    };
    const { dispatches } = dispatchesOf(engine, () => tape.run(record));
    expect(dispatches.map(({ label }) => label)).toEqual(["relu", "second"]);
    expect(tape.nodes.map(({ label }) => label)).toEqual(["relu", "second"]);
  });
});

describe("a disposed engine", () => {
  it("frees its tensors and refuses to work", async () => {
    const engine = await Engine.create();
    const x = engine.tensor([1, 2], [2]);
    engine.dispose();
    engine.dispose();
    expect(x.disposed).toBe(true);
    expect(engine.memory()).toMatchObject({ liveTensors: 0, liveBuffers: 0, liveBytes: 0 });
    expect(() => engine.tensor([1], [1])).toThrow(DisposedError);
    expect(() => engine.zeros([1])).toThrow("this engine was disposed; make a new one with Engine.create()");
    expect(() => relu(x)).toThrow(DisposedError);
    await expect(engine.finish()).rejects.toThrow(DisposedError);
    await expect(engine.read([])).rejects.toThrow(DisposedError);
  });

  it("rejects what still waits for it", async () => {
    const engine = await Engine.create();
    const reading = engine.tensor([1, 2], [2]).read();
    engine.dispose();
    await expect(reading).rejects.toThrow(DisposedError);
  });
});
