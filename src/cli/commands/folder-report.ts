import { Buffer } from "node:buffer";
import { escapeHtml } from "../../explain/html.ts";
import type { Evaluation } from "../../train/evaluate.ts";
import type { EpochRecord } from "../../train/fit.ts";
import { type ChartLine, chartSvg } from "../chart.ts";
import { methodMeaning, methodTitle } from "../methods.ts";
import { htmlPage } from "../page.ts";
import type { Picture } from "../pictures.ts";
import type { Drawn } from "./folder-sheet.ts";

/** What is told of a run. */
export interface FolderReport {
  readonly model: string;
  readonly dir: string;
  readonly classNames: readonly string[];
  readonly history: readonly EpochRecord[];
  readonly bestEpoch: number;
  readonly validation: Evaluation;
  /** By true class and by the class that it was taken for. */
  readonly confusion: readonly (readonly number[])[];
  readonly drawn: readonly Drawn[];
  readonly settings: unknown;
  readonly version: string;
}

const mostColumns = 20;

/** A confusion matrix as text, a class a line; of many classes only what was mistaken for what. */
export function confusionLines(counts: readonly (readonly number[])[], classNames: readonly string[]): string[] {
  if (classNames.length > mostColumns) return mistakes(counts, classNames);
  const cells = counts.map((row) => row.map(String));
  const width = Math.max(...cells.flat().map(({ length }) => length), 3);
  const nameWidth = Math.max(...classNames.map(({ length }) => length));
  const line = (name: string, row: readonly string[]) =>
    `  ${name.padEnd(nameWidth)}  ${row.map((cell) => cell.padStart(width)).join(" ")}`;
  const numbers = classNames.map((_, c) => `(${c})`.padStart(width));
  return [
    "By true class (rows) and by the class that it was taken for (columns):",
    line("", numbers),
    ...classNames.map((name, c) => `${line(name, cells[c] ?? [])}  (${c})`),
  ];
}

function mistakes(counts: readonly (readonly number[])[], classNames: readonly string[]): string[] {
  const found = counts.flatMap((row, truth) =>
    row.flatMap((count, taken) => (truth === taken || count === 0 ? [] : [{ truth, taken, count }])),
  );
  const worst = found.sort((a, b) => b.count - a.count).slice(0, mostColumns);
  const lines = worst.map(({ truth, taken, count }) => `  ${count} x ${classNames[truth]} for ${classNames[taken]}`);
  return [lines.length === 0 ? "Nothing was mistaken." : "Most often mistaken:", ...lines];
}

const style = `
.examples { display: grid; gap: 16px; }
.example { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; }
.example img { max-width: 256px; width: 100%; }
.chart { max-width: 460px; }
.charts { display: flex; flex-wrap: wrap; gap: 24px; }
td.right { font-weight: bold; }
`;

/** One HTML file that needs nothing else: how training went, what is mistaken for what, and where the network looks. */
export function folderHtml(report: FolderReport): string {
  const { model, dir, validation, history, bestEpoch, settings, version } = report;
  const accuracy = `${(100 * (validation.accuracy ?? 0)).toFixed(2)} %`;
  const body = `<p class="soft">${escapeHtml(model)}, trained on ${escapeHtml(dir)}. Of ${validation.examples} pictures that it
was not trained on, ${accuracy} are told right, after ${history.length} epochs of which number ${bestEpoch + 1} was the best.</p>
<section><h2>How it went</h2><div class="charts">${charts(history)}</div></section>
<section><h2>What is taken for what</h2>${matrix(report)}</section>
<section><h2>Where it looks</h2>
<p class="soft">Validation pictures, explained as the class that each was taken for. The white box holds what is above 20 %
of the map's maximum.</p>
<div class="examples">${report.drawn.map(example).join("\n")}</div>
${legend(report.drawn)}</section>
<details><summary>How this was computed</summary>
<p class="soft small">Backlight ${escapeHtml(version)}; ${escapeHtml(JSON.stringify(settings))}.</p></details>`;
  return htmlPage({ title: `What ${model} learnt`, style, body });
}

function charts(history: readonly EpochRecord[]): string {
  const lines = (value: (one: Evaluation) => number | undefined): ChartLine[] => {
    const pointsOf = (one: (record: EpochRecord) => Evaluation | undefined) =>
      history.flatMap((record) => {
        const found = one(record);
        const y = found && value(found);
        return y === undefined ? [] : [[record.epoch + 1, y] as const];
      });
    return [
      { name: "training", points: pointsOf((record) => record) },
      { name: "validation", points: pointsOf(({ validation }) => validation) },
    ].filter(({ points }) => points.length > 0);
  };
  return [
    chartSvg({ x: "epoch", y: "loss", lines: lines(({ loss }) => loss) }),
    chartSvg({ x: "epoch", y: "accuracy", lines: lines(({ accuracy }) => accuracy) }),
  ]
    .map((svg) => `<div>${svg}</div>`)
    .join("\n");
}

function matrix({ confusion, classNames }: FolderReport): string {
  if (classNames.length > mostColumns)
    return `<pre>${confusionLines(confusion, classNames).map(escapeHtml).join("\n")}</pre>`;
  const heads = classNames.map((name) => `<th class="number">${escapeHtml(name)}</th>`).join("");
  const rows = classNames.map((name, truth) => {
    const cells = (confusion[truth] ?? []).map(
      (count, taken) => `<td class="number${truth === taken ? " right" : ""}">${count}</td>`,
    );
    return `<tr><td>${escapeHtml(name)}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>true class, taken for</th>${heads}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function example({ name, caption, pictures }: Drawn): string {
  const figures = pictures.map(
    ({ bytes, title, provenance, empty }) => `<figure><img alt="${escapeHtml(`${title} of ${name}`)}"
src="data:image/png;base64,${Buffer.from(bytes).toString("base64")}">
<figcaption>${escapeHtml([title, provenance.layer ?? "", empty ? "empty" : ""].filter(Boolean).join(", "))}</figcaption></figure>`,
  );
  return `<div><h3>${escapeHtml(`${name}: ${caption}`)}</h3><div class="example">${figures.join("\n")}</div></div>`;
}

function legend(drawn: readonly Drawn[]): string {
  const shown = new Set(drawn.flatMap(({ pictures }) => pictures.map(({ method }: Picture) => method)));
  const missing = new Set(drawn.flatMap(({ without }) => without));
  return [
    ...[...shown].map((method) => `${methodTitle(method)}: ${methodMeaning(method)}`),
    ...[...missing].map((method) => `No ${method}: it is not defined for this head.`),
  ]
    .map((text) => `<p class="soft small">${escapeHtml(text)}</p>`)
    .join("\n");
}
