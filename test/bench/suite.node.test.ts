import { describe, expect, it } from "vitest";
import { errorOf } from "../../bench/suite/kernel-check.ts";
import { kernelTable } from "../../bench/suite/kernels.ts";
import { layerRows, type TimedDispatch } from "../../bench/suite/layers.ts";
import { kernelJobs } from "../../bench/suite/main.ts";
import { helpText, parseSuiteOptions } from "../../bench/suite/options.ts";
import { partOf, taken } from "../../bench/suite/sample.ts";
import { parseShape } from "../../bench/suite/shape.ts";
import { ratesOf, timingOf } from "../../bench/suite/timing.ts";
import { traceText } from "../../bench/suite/trace.ts";
import { allKernels } from "../../src/index.ts";
import { benchDocument } from "./document.ts";

describe("the command line", () => {
  it("asks for convolutions and ResNet50 when nothing is asked for", () => {
    const options = parseSuiteOptions([]);
    expect(options.kernels).toEqual(["conv2d"]);
    expect(options.models).toEqual(["resnet50"]);
    expect(options.phases).toEqual(["forward", "gradcam"]);
    expect(options.variant).toBe("chosen");
    expect(options.batches).toBeUndefined();
  });

  it("takes lists, and values after an equals sign", () => {
    const options = parseSuiteOptions(["--model=vgg16,mnist", "--phase", "guided,train", "--batch", "1,4", "--runs=2"]);
    expect(options.models).toEqual(["vgg16", "mnist"]);
    expect(options.phases).toEqual(["guided", "train"]);
    expect(options.batches).toEqual([1, 4]);
    expect(options.runs).toBe(2);
    expect(options.kernels).toEqual([]);
    expect(parseSuiteOptions(["--kernel", "all"]).kernels).toEqual(Object.keys(kernelTable));
  });

  it.each([
    [["--kernle", "relu"], /no option "--kernle".*--kernel/],
    [["relu"], /no option "relu"/],
    [["--kernel"], /--kernel needs a value/],
    [["--json", "--report"], /--json needs a value/],
    [["--kernel", "relux"], /no "relux".*relu/],
    [["--phase", "backward"], /--phase: there is no "backward"/],
    [["--batch", "1,0"], /--batch takes whole numbers/],
    [["--kernel", "relu", "--trace", "t.json"], /--trace shows a network's dispatches/],
    [["--threshold", "ten"], /--threshold takes whole numbers/],
  ])("refuses %j", (args, message) => {
    expect(() => parseSuiteOptions(args)).toThrow(message);
  });

  it("explains every option", () => {
    for (const name of ["--kernel", "--shape", "--baseline", "--report", "--trace", "--compare"])
      expect(helpText()).toContain(name);
  });
});

describe("shapes", () => {
  it.each([
    ["56x56x256:256", "conv", "56x56x256:256:3x3s1"],
    ["56x56x256:128:1x1s2", "conv", "56x56x256:128:1x1s2"],
    ["224x224x3:64:7s2", "conv", "224x224x3:64:7x7s2"],
    ["14x14x8", "pool", "14x14x8:3x3s1"],
    ["14x14x8:2x2s2", "pool", "14x14x8:2x2s2"],
    ["14x14x8:16", "map", "14x14x8"],
    ["25088:4096", "dense", "25088:4096"],
  ] as const)("%s of %s kernels", (text, family, whole) => {
    expect(parseShape(text, family, "3x3s1").text).toBe(whole);
  });

  it.each([
    ["56x56x256", "conv"],
    ["56x56:3", "conv"],
    ["56x56x0:3", "conv"],
    ["56x56x8:8:3x3s0", "conv"],
    ["56x56x8:8:3x3:2", "conv"],
    ["56x56x8", "dense"],
    ["1:2:3", "dense"],
  ] as const)("%s is none of %s kernels", (text, family) => {
    expect(() => parseShape(text, family, "3x3s1")).toThrow(/kernels take .*as in/);
  });

  it("of several kernels go to those that take them", () => {
    const jobs = kernelJobs(
      parseSuiteOptions(["--kernel", "conv2d,dense,relu", "--shape", "8x8x4:8", "--batch", "1,2"]),
    );
    expect(jobs.map(({ name, batch }) => `${name} ${batch}`)).toEqual(["conv2d 1", "conv2d 2", "relu 1", "relu 2"]);
    expect(() => kernelJobs(parseSuiteOptions(["--kernel", "dense", "--shape", "8x8x4:8"]))).toThrow(
      /dense kernels take/,
    );
  });
});

describe("the table of kernels", () => {
  it("names kernels that exist, with shapes that can be read and references that compute them", () => {
    const names = new Set(allKernels().map(({ name }) => name));
    for (const [name, entry] of Object.entries(kernelTable)) {
      expect(
        entry.kernels.filter((kernel) => !names.has(kernel)),
        name,
      ).toEqual([]);
      for (const text of entry.shapes) {
        const made = entry.make(parseShape(text, entry.family, entry.window ?? "1x1s1"), 2);
        expect(made.flops, name).toBeGreaterThan(0);
        expect(made.elements, name).toBeGreaterThan(0);
      }
    }
  });
});

describe("the check", () => {
  it("takes first and last places along the axes that are cut", () => {
    const part = partOf([2, 3, 4], [2]);
    expect(part.shape).toEqual([2, 3, 2]);
    expect([...part.indices]).toEqual([0, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23]);
    expect([...taken([10, 11, 12, 13], partOf([4], [0])).data]).toEqual([10, 13]);
  });

  it("tells how much of what rounding allows an error is", () => {
    const expected = {
      indices: Int32Array.of(0, 2),
      values: Float64Array.of(1, 3),
      bounds: Float64Array.of(0.1, 0.2),
    };
    expect(errorOf(Float32Array.of(1, 9, 3), expected, undefined)).toBe(0);
    expect(errorOf(Float32Array.of(1, 9, 3.1), expected, undefined)).toBeCloseTo(0.5, 5);
    expect(errorOf(Float32Array.of(1, 9, 3), expected, Float32Array.of(1, 5, 3))).toBeCloseTo(5, 5);
    expect(errorOf(Float32Array.of(1, Number.NaN, 3), expected, Float32Array.of(1, 5, 3))).toBe(Infinity);
    const exact = { ...expected, bounds: Float64Array.of(0, 0) };
    expect(errorOf(Float32Array.of(1, 0, 3), exact, undefined)).toBe(0);
    expect(errorOf(Float32Array.of(1.001, 0, 3), exact, undefined)).toBe(Infinity);
  });
});

describe("times", () => {
  it("are told by their median and spread", () => {
    expect(timingOf([5, 1, 3, 2, 4], 7)).toEqual({ medianMs: 3, minMs: 1, p90Ms: 4.6, samples: 5, calls: 7 });
  });

  it("are held against the ceiling that is nearer", () => {
    const ceilings = { productGflops: 100, copyGBps: 10 };
    expect(ratesOf({ flops: 5e9, bytes: 1e6, ms: 100 }, ceilings)).toMatchObject({ gflops: 50, bound: "product" });
    const memory = ratesOf({ flops: 1e6, bytes: 8e8, ms: 100 }, ceilings);
    expect(memory).toMatchObject({ gbps: 8, bound: "copy" });
    expect(memory.ceilingPercent).toBeCloseTo(80);
  });

  it("of dispatches are added up by layer and way", () => {
    const entry = { kernel: "k", variant: "v", label: "a" };
    const dispatches: TimedDispatch[] = [
      { ...entry, elapsedNs: 1e6, pass: "forward" },
      { ...entry, elapsedNs: 2e6, pass: "forward" },
      { ...entry, elapsedNs: 4e6, pass: "backward" },
    ];
    const rows = layerRows(dispatches, new Map([["a/forward", { flops: 6e6, bytes: 0 }]]), {
      productGflops: 4,
      copyGBps: 1,
    });
    expect(rows.map(({ label, pass, ms }) => [label, pass, ms])).toEqual([
      ["a", "forward", 3],
      ["a", "backward", 4],
    ]);
    expect(rows[0]).toMatchObject({ gflops: 2, ceilingPercent: 50, kernels: ["k/v"] });
    const trace = JSON.parse(traceText(dispatches, { what: "mnist", machine: benchDocument().machine })) as {
      traceEvents: { ph: string; ts: number; dur: number; name: string }[];
    };
    const events = trace.traceEvents.filter(({ ph }) => ph === "X");
    expect(events.map(({ ts, dur, name }) => [ts, dur, name])).toEqual([
      [0, 1000, "a: k"],
      [1000, 2000, "a: k"],
      [3000, 4000, "a: k"],
    ]);
  });
});
