import { describe, expect, it } from "vitest";
import { chartSvg } from "../../src/cli/chart.ts";
import { Evaluation } from "../../src/cli/evaluation.ts";
import { evaluationHtml } from "../../src/cli/evaluation-report.ts";
import { chooseMetrics } from "../../src/cli/metrics.ts";

const hostile = `"><script>alert(1)</script>&'`;
const curve = (low: number) => ({ auc: low, curve: [0, 1].map((share) => ({ share, score: low + share })) });

describe("the report of an evaluation", () => {
  const evaluation = new Evaluation();
  const results = { gradcam: { deletion: curve(0.25) }, saliency: { deletion: curve(0.5) } };
  evaluation.add(results);
  const html = evaluationHtml({
    model: hostile,
    adapter: hostile,
    version: "1",
    methods: ["gradcam", "saliency"],
    metrics: ["deletion"],
    pictures: [{ name: hostile, image: new Uint8Array(1), title: hostile, results }],
    mean: (method, metric) => evaluation.summary(method, metric)?.mean,
    notes: [hostile],
  });

  it("lets no name from a file into the markup", () => {
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;");
  });

  it("marks the best value of each column", () => {
    expect(html.match(/class="number best">([^<]+)/)?.[1]).toBe("0.250");
    expect(html.match(/number best/g)).toHaveLength(1);
  });
});

describe("charts", () => {
  it("put every point where it belongs and escape their names", () => {
    const points = [
      [0, -1],
      [2, 3],
    ] as const;
    const svg = chartSvg({ x: hostile, y: "score", lines: [{ name: hostile, points }] });
    expect(svg).toContain('d="M56.00 256.00L448.00 12.00"');
    expect(svg).not.toContain("<script");
  });

  it("are drawn of nothing too", () => {
    expect(chartSvg({ x: "x", y: "y", lines: [{ name: "none", points: [] }] })).not.toMatch(/NaN|Infinity/);
  });
});

it("metrics are chosen by name, in the order of the table", () => {
  expect(chooseMetrics(["road, insertion"])).toEqual(["insertion", "road"]);
  expect(chooseMetrics(["all"])).toContain("randomisation");
  expect(chooseMetrics([])).toContain("deletion");
  expect(() => chooseMetrics(["raod"])).toThrow('did you mean "road"?');
});
