import { describe, expect, it } from "vitest";
import { compareDocuments, comparisonTable } from "../../bench/suite/baseline.ts";
import { comparisonsOf, workloadsOf } from "../../bench/suite/compare.ts";
import { documentText, readDocument } from "../../bench/suite/document.ts";
import { kernelJobs } from "../../bench/suite/main.ts";
import { parseSuiteOptions } from "../../bench/suite/options.ts";
import { reportHtml } from "../../bench/suite/report.ts";
import { kernelTableText } from "../../bench/suite/tables.ts";
import { benchDocument, kernelRow, modelRow } from "./document.ts";

describe("the JSON document", () => {
  it("comes back as it was written", () => {
    const document = benchDocument();
    expect(readDocument(documentText(document), "b.json")).toEqual(document);
  });

  it.each([
    ["{", /b.json is not JSON/],
    ["{}", /version undefined.*measure again/],
    ['{"version":1}', /lacks its tables/],
    ["null", /version undefined/],
  ])("is refused where it reads %s", (text, message) => {
    expect(() => readDocument(text, "b.json")).toThrow(message);
  });
});

describe("the comparison with a baseline", () => {
  const before = benchDocument();
  const slower = (factor: number, changes = {}) =>
    benchDocument({ kernels: [kernelRow({ medianMs: 2 * factor, minMs: 1.8 * factor, ...changes })], models: [] });

  it("finds what is slower by more than the threshold", () => {
    const [row] = compareDocuments(before, slower(1.2), 10);
    expect(row?.ratio).toBeCloseTo(1.2);
    expect(row?.regressed).toBe(true);
    expect(comparisonTable([row].flatMap((one) => one ?? []))).toContain("SLOWER");
    expect(compareDocuments(before, slower(1.2), 25)[0]?.regressed).toBe(false);
    expect(compareDocuments(before, slower(1.05), 10)[0]?.regressed).toBe(false);
  });

  it("takes a slow median alone for noise", () => {
    expect(compareDocuments(before, slower(1.2, { minMs: 1.8 }), 10)[0]?.regressed).toBe(false);
  });

  it("compares the engine's choice with its choice, and passes over what is new", () => {
    expect(compareDocuments(before, slower(1.2, { variant: "winograd-4" }), 10)).toHaveLength(1);
    expect(compareDocuments(before, slower(1.2, { shape: "9x9x9:9:3x3s1" }), 10)).toHaveLength(0);
  });

  it("flags nothing on another adapter", () => {
    const other = { ...slower(2), machine: { ...before.machine, adapter: "another" } };
    expect(compareDocuments(before, other, 10)[0]?.regressed).toBe(false);
  });
});

describe("other libraries", () => {
  const workloads = (...args: string[]) => {
    const options = parseSuiteOptions([...args, "--compare", "tfjs"]);
    return workloadsOf(options, kernelJobs(options));
  };

  it("are asked for the same work, under their names for it", () => {
    const phases = "forward,gradcam,guided,gradcam-fast,train";
    expect(workloads("--model", "resnet50,mnist", "--phase", phases)).toEqual([
      "resnet50.forward",
      "resnet50.gradcam",
      "resnet50.guided",
      "mnist.step",
    ]);
    expect(workloads("--kernel", "conv2d-filter-vjp,relu", "--shape", "8x8x4:8:5x5s2")).toEqual([
      "conv:8x8x4:8:5s2:filter",
    ]);
    expect(workloads("--kernel", "dense", "--shape", "8:9")).toEqual(["dense:8:9"]);
    expect(workloads().length).toBeGreaterThan(5);
  });

  it("stand beside our time, or with what is wrong", () => {
    const row = { peer: "ort" as const, version: "1", backend: "webgpu" as const, medianMs: 1, output: [] };
    const compared = comparisonsOf(
      [
        { workload: "a", ms: 2 },
        { workload: "b", ms: Number.NaN, error: "no memory" },
      ],
      [
        { ...row, workload: "a", ms: 5 },
        { ...row, workload: "b", ms: 5 },
      ],
    );
    expect(compared[0]).toMatchObject({ ourMs: 2, peerMs: 5, ratio: 2.5 });
    expect(compared[0]?.error).toBeUndefined();
    expect(compared[1]?.error).toBe("Backlight: no memory");
  });
});

describe("the report", () => {
  const peer = {
    peer: "tfjs",
    version: "4",
    backend: "webgpu",
    workload: "resnet50.forward",
    peerMs: 9,
    ourMs: 3,
    ratio: 3,
  };
  const wrong = kernelRow({ kernel: "relu", shape: "7x7x7", variant: "vec4", correct: false, error: 12 });
  const document = benchDocument({
    kernels: [...benchDocument().kernels, wrong],
    models: [modelRow(), modelRow({ phase: "train", layers: [] })],
    peers: [peer],
  });
  const html = reportHtml(document);

  it("has every row, and says which results are wrong", () => {
    for (const text of ["8x8x4:8:3x3s1", "naive", "7x7x7", "mnist", "gradcam", "train", "resnet50.forward", "3.00x"])
      expect(html).toContain(text);
    expect(html).toContain("1 computed wrong results");
    expect(html).toContain("12.0 times what rounding explains");
    // a dot for each that is right
    expect(html.match(/<circle /g)).toHaveLength(2);
    expect(kernelTableText(document)).toContain("WRONG");
  });

  it("escapes what comes from outside, and needs nothing from elsewhere", () => {
    expect(html).toContain("An &lt;adapter&gt; &amp; more");
    expect(html).toContain("block1&lt;conv&gt;");
    expect(html).not.toContain("block1<conv>");
    expect(html).not.toMatch(/<script|https?:|src=/);
    expect(html).not.toContain("NaN");
  });

  it("of networks alone has no roofline", () => {
    expect(reportHtml(benchDocument({ kernels: [] }))).not.toContain("<svg");
  });
});
