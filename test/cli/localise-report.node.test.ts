// The report and the sums of `backlight localise`, from lines alone.
import { describe, expect, it } from "vitest";
import {
  metricRows,
  metricsOf,
  type ResultLine,
  restoredMap,
  storedMap,
} from "../../src/cli/commands/localise-lines.ts";
import { localiseHtml } from "../../src/cli/commands/localise-report.ts";

const hostile = `"><script>alert(1)</script>&'`;
const facts = {
  settings: { model: hostile, method: "gradcam", target: "label", threshold: 0.2, orient: false },
  dir: hostile,
  boxes: hostile,
  pictures: 3,
  share: 3,
  withoutBoxes: 0,
  missing: 0,
} as const;

function line(image: string, { iou, index, hit }: { iou: number; index: number; hit: number }): ResultLine {
  const ranges = hit ? ([[100, 399]] as const) : [];
  return {
    image,
    width: 40,
    height: 30,
    predicted: { index: 7, probability: 0.5 },
    results: [
      {
        index,
        box: hit ? { x0: 0, y0: 0, x1: 9, y1: 9 } : null,
        boxes: [{ x0: 0, y0: 0, x1: 9, y1: 9 }],
        iou,
        oquab: hit,
        pointing: hit,
        energy: iou / 2,
        maxBoxAcc: { "largest-0.5": ranges, "all-0.3": ranges, "all-0.5": ranges, "all-0.7": [] },
        map: { width: 1, height: 1, min: 0, max: 1, levels: "AA==" },
      },
    ],
  };
}

const lines = [
  line("a", { iou: 0.8, index: 7, hit: 1 }),
  line("b", { iou: 0.5, index: 3, hit: 1 }),
  line("c", { iou: 0.2, index: 7, hit: 0 }),
  { image: "d", error: hostile },
];

describe("the metrics of lines", () => {
  it("are means over maps", () => {
    const { maxBoxAcc, ...metrics } = metricsOf(lines);
    expect(metrics).toEqual({
      explained: 3,
      errors: 1,
      maps: 3,
      emptyMaps: 1,
      meanIou: expect.closeTo(0.5, 12),
      boxAccuracy: 2 / 3,
      top1: 1 / 3,
      oquab: 2 / 3,
      pointing: 2 / 3,
      energy: expect.closeTo(0.25, 12),
    });
    expect([maxBoxAcc.maxBoxAcc, maxBoxAcc.maxBoxAccV2]).toEqual([2 / 3, expect.closeTo(4 / 9, 12)]);
    expect(maxBoxAcc.curves.map(({ tau }) => tau)).toEqual([0.1, 0.1, 0.1, 0]);
  });

  it("of nothing are no numbers", () => {
    expect(metricRows(metricsOf([]), 0.15).map(([, value]) => value)).toEqual(Array(8).fill("-"));
  });
});

it("lets no name from a file into the report's markup", () => {
  const sheet = { best: [{ title: hostile, text: hostile }], worst: [{ title: hostile, text: hostile }] };
  const errors = [{ image: hostile, error: hostile }];
  const html = localiseHtml({ facts, metrics: metricsOf(lines), sheet, errors, version: hostile });
  expect(html).not.toContain("<script");
  expect(html).toContain("&lt;script&gt;");
  expect(html.match(/<polyline/g)).toHaveLength(4);
  expect(html.match(/not on this machine/g)).toHaveLength(2);
  const empty = localiseHtml({
    facts,
    metrics: metricsOf([]),
    sheet: { best: [], worst: [] },
    errors: [],
    version: "1",
  });
  expect(empty).toContain("Nothing was measured.");
});

describe("a stored map", () => {
  it("comes back to within half a level", () => {
    const map = { width: 3, height: 2, data: Float32Array.of(-2, 0, 1, 3.7, 8, -0.5) };
    const back = restoredMap(JSON.parse(JSON.stringify(storedMap(map))));
    expect([back.width, back.height]).toEqual([3, 2]);
    for (const [i, value] of map.data.entries())
      expect(Math.abs((back.data[i] ?? 99) - value)).toBeLessThan(10 / 510 + 1e-6);
    expect([...restoredMap(storedMap({ width: 2, height: 1, data: Float32Array.of(4, 4) })).data]).toEqual([4, 4]);
  });

  it("is not larger than 64 positions a side", () => {
    const { width, height } = storedMap({ width: 224, height: 112, data: new Float32Array(224 * 112).fill(1) });
    expect([width, height]).toEqual([64, 32]);
  });
});
