import { Buffer } from "node:buffer";
import { escapeHtml } from "../explain/html.ts";
import { chartSvg } from "./chart.ts";
import type { Results } from "./evaluation.ts";
import { type MethodName, methodTitle } from "./methods.ts";
import type { MetricName } from "./metric-names.ts";
import { metricFacts, shownValue } from "./metrics.ts";
import { htmlPage } from "./page.ts";

/** One picture of an evaluation. */
export interface EvaluatedPicture {
  readonly name: string;
  /** PNG of the picture as it is shown. */
  readonly image: Uint8Array;
  /** "Egyptian cat (285)" */
  readonly title: string;
  readonly results: Results<object>;
}

/** What `backlight evaluate` found. */
export interface EvaluationReport {
  readonly model: string;
  readonly adapter: string;
  readonly version: string;
  readonly methods: readonly MethodName[];
  readonly metrics: readonly MetricName[];
  readonly pictures: readonly EvaluatedPicture[];
  /** Means over the pictures. */
  readonly mean: (method: MethodName, metric: MetricName) => object | undefined;
  readonly notes: readonly string[];
}

const style = `
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 28px; }
.chart { width: 100%; height: auto; font-size: 12px; fill: var(--soft); }
.chart .grid { stroke: var(--line); fill: none; }
.line { fill: none; stroke-width: 2.2; }
.legend span { margin-right: 14px; white-space: nowrap; }
.best { font-weight: 700; color: var(--accent); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 24px; margin-top: 16px; }
.pictures img { width: 100%; border-radius: 8px; }
`;

/** One HTML file that needs nothing else: charts are inside, there are no scripts, and every string is escaped. */
export function evaluationHtml(report: EvaluationReport): string {
  const { model, pictures, notes, adapter, version } = report;
  const title = `How faithful ${model}'s explanations are`;
  const count = pictures.length === 1 ? "one picture" : `the mean of ${pictures.length} pictures`;
  const body = `<p class="soft">Measured on ${count}. The best value of a column is bold.</p>
${notes.map((text) => `<p class="note">${escapeHtml(text)}</p>`).join("\n")}
${meanTable(report)}
<h2>Curves</h2>
<div class="charts">${charts(report)}</div>
<h2>What is measured</h2>
${report.metrics.map(meaning).join("\n")}
<h2>Pictures</h2>
<div class="pictures">${pictures.map((one) => pictureCard(one, report)).join("\n")}</div>
<details><summary>How this was computed</summary>
<p class="soft small">${escapeHtml(model)} on ${escapeHtml(adapter)}, Backlight ${escapeHtml(version)}.</p></details>`;
  return htmlPage({ title, style, body });
}

function meaning(metric: MetricName): string {
  const facts = metricFacts(metric);
  const better = facts.better === "higher" ? "Higher" : "Lower";
  return `<h3>${escapeHtml(facts.title)}</h3>
<p class="soft">${escapeHtml(facts.meaning)} ${better} is better.</p>`;
}

/** The number of a method and metric; undefined where it was not measured. */
type Valued = (method: MethodName, metric: MetricName) => number | undefined;

function meanTable(report: EvaluationReport): string {
  return table(report, (method, metric) => {
    const mean = report.mean(method, metric);
    return mean && metricFacts(metric).value(mean as Readonly<Record<string, unknown>>);
  });
}

function table({ methods, metrics }: EvaluationReport, valued: Valued): string {
  const heads = metrics.map((metric) => `<th class="number">${escapeHtml(metricFacts(metric).title)}</th>`);
  const best = new Map(metrics.map((metric) => [metric, bestOf(metric, methods, valued)]));
  const rows = methods.map((method) => {
    const cells = metrics.map((metric) => {
      const value = valued(method, metric);
      const text = value === undefined ? "" : shownValue(metric, value);
      return `<td class="number${value !== undefined && value === best.get(metric) ? " best" : ""}">${text}</td>`;
    });
    return `<tr><td>${escapeHtml(methodTitle(method))}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th></th>${heads.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

/** The best value of several methods; none where all are equal. */
function bestOf(metric: MetricName, methods: readonly MethodName[], valued: Valued): number | undefined {
  const values = methods.map((method) => valued(method, metric)).filter((value) => value !== undefined);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (!(least < most)) return undefined;
  return metricFacts(metric).better === "higher" ? most : least;
}

function charts({ metrics, methods, mean }: EvaluationReport): string {
  const figures = metrics.flatMap((metric) => {
    const { chart, title } = metricFacts(metric);
    if (!chart) return [];
    const lines = methods.flatMap((method) => {
      const result = mean(method, metric);
      if (!result) return [];
      const own = chart.lines(result as Readonly<Record<string, unknown>>);
      const group = methodTitle(method);
      return own.map(({ name, points }) => ({ name: [group, name].filter(Boolean).join(", "), group, points }));
    });
    return [`<figure><h3>${escapeHtml(title)}</h3>${chartSvg({ x: chart.x, y: chart.y, lines })}</figure>`];
  });
  return figures.join("\n");
}

function pictureCard({ name, image, title, results }: EvaluatedPicture, report: EvaluationReport): string {
  const valued: Valued = (method, metric) => {
    const result = results[method]?.[metric];
    return result && metricFacts(metric).value(result as Readonly<Record<string, unknown>>);
  };
  const data = Buffer.from(image).toString("base64");
  return `<figure><img alt="${escapeHtml(name)}" src="data:image/png;base64,${data}">
<figcaption>${escapeHtml(name)}: ${escapeHtml(title)}</figcaption>
${report.pictures.length > 1 ? table(report, valued) : ""}</figure>`;
}
