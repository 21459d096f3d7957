import { Buffer } from "node:buffer";
import { escapeHtml, fourDigits } from "../explain/html.ts";
import type { Prediction } from "../index.ts";
import { type MethodGroup, type MethodName, methodGroup, methodMeaning, methodNames, methodTitle } from "./methods.ts";
import { htmlPage } from "./page.ts";
import type { Picture } from "./pictures.ts";

export interface ReportClass {
  readonly index: number;
  /** "Egyptian cat (285)" */
  readonly title: string;
  readonly pictures: readonly Picture[];
  /** Methods that are not defined for the model, and why. */
  readonly skipped: readonly { readonly method: string; readonly why: string }[];
}

export interface Report {
  /** The explained file's name. */
  readonly imageName: string;
  /** PNG of the picture as it is shown. */
  readonly image: Uint8Array;
  readonly model: string;
  readonly adapter: string;
  readonly predictions: readonly Prediction[];
  readonly classes: readonly ReportClass[];
  /** What had to be guessed. */
  readonly assumptions: readonly string[];
  /** Name of a phase, and how long it took. */
  readonly timings: readonly (readonly [phase: string, elapsedMs: number])[];
  readonly version: string;
}

/** One HTML file that needs nothing else: pictures are inside, there are no scripts, and every string is escaped. */
export function reportHtml(report: Report): string {
  const { imageName, model, classes } = report;
  const title = `What ${model} saw in ${imageName}`;
  const body = `<p class="soft">${escapeHtml(subtitle(classes))}</p>
<div class="top">
${picture(report.image, imageName)}
<div>${predictionTable(report)}</div>
</div>
${report.assumptions.map((text) => `<p class="note">${escapeHtml(text)}</p>`).join("\n")}
${sections.map((section) => methodSection(section, classes)).join("\n")}
${notDefined(classes)}
${details(report)}`;
  return htmlPage({ title, style: `.rows { --classes: ${classes.length}; }`, body });
}

function subtitle(classes: readonly ReportClass[]): string {
  const names = classes.map(({ title }) => title).join(" and as ");
  return `Which parts of the picture made the network say what it said, explained as ${names}.`;
}

interface Section {
  readonly heading: string;
  readonly lead: string;
  readonly methods: readonly MethodName[];
}

const ofGroup = (group: MethodGroup) => methodNames.filter((name) => methodGroup(name) === group && name !== "sweep");
const scale = `<p class="scale soft small">no evidence<i></i>most evidence</p>`;

const sections: readonly Section[] = [
  { heading: "Where it looked", lead: scale, methods: ofGroup("cams") },
  {
    heading: "What it noticed there",
    lead: `<p class="soft">One value for each pixel. Gray is no influence, colours are the gradient's direction.</p>`,
    methods: ofGroup("gradients"),
  },
  { heading: "What it would miss", lead: scale, methods: ofGroup("perturbation") },
  { heading: "Layer by layer", lead: "", methods: ["sweep"] },
];

/** A row for each method, a column for each class. */
function methodSection({ heading, lead, methods }: Section, classes: readonly ReportClass[]): string {
  const shown = methods.filter((method) =>
    classes.some(({ pictures }) => pictures.some((one) => one.method === method)),
  );
  if (shown.length === 0) return "";
  const heads = classes.map(({ title }) => `<div>${escapeHtml(title)}</div>`).join("");
  const rows = shown.map((method) => {
    const cells = classes.map((one) => cell(one, method));
    return `<div class="row"><div><h3>${escapeHtml(methodTitle(method))}</h3>
<p class="soft small">${escapeHtml(methodMeaning(method))}</p></div>
${cells.join("\n")}</div>`;
  });
  return `<section>
<h2>${escapeHtml(heading)}</h2>
${lead}
<div class="rows"><div class="row heads"><div></div>${heads}</div>
${rows.join("\n")}</div>
${shown.includes("sweep") ? sweepSheets(classes) : ""}
</section>`;
}

function cell({ title, pictures }: ReportClass, method: MethodName): string {
  const mine = pictures.filter((one) => one.method === method && one.form !== "sheet");
  const [first] = mine;
  if (!first) return "<div></div>";
  const images = mine.map(({ bytes, form }) => picture(bytes, `${methodTitle(method)}, ${form}: ${title}`)).join("");
  return `<figure class="${method}"><b class="only-narrow">${escapeHtml(title)}</b>
<div class="${mine.length > 1 ? "pair" : ""}">${images}</div>
<figcaption>${factLines(first, mine).map(escapeHtml).join("<br>")}</figcaption></figure>`;
}

function factLines(shown: Picture, all: readonly Picture[]): string[] {
  const { provenance, empty, box, notes } = shown;
  const layer = provenance.layer === undefined ? "" : `, layer ${provenance.layer}`;
  return [
    `${provenance.target}${layer}: ${fourDigits(shown.min)} to ${fourDigits(shown.max)}`,
    ...(box ? [`Box from (${box.x0}, ${box.y0}) to (${box.x1}, ${box.y1}): above 20 % of the maximum.`] : []),
    ...(empty ? ["Empty: there is no positive evidence here."] : []),
    ...notes,
    all.map(({ file }) => file).join(", "),
  ];
}

function sweepSheets(classes: readonly ReportClass[]): string {
  return classes
    .flatMap(({ title, pictures }) => pictures.filter(({ form }) => form === "sheet").map((one) => ({ title, one })))
    .map(
      ({ title, one }) => `<details><summary>All layers on one sheet: ${escapeHtml(title)}</summary>
${picture(one.bytes, `all layers: ${title}`)}<p class="soft small"><code>${escapeHtml(one.file)}</code></p></details>`,
    )
    .join("\n");
}

function notDefined(classes: readonly ReportClass[]): string {
  const reasons = new Map(classes.flatMap(({ skipped }) => skipped.map(({ method, why }) => [method, why] as const)));
  return [...reasons]
    .map(([method, why]) => `<p class="note">No ${escapeHtml(method)}: ${escapeHtml(why)}</p>`)
    .join("\n");
}

function details({ model, adapter, version, timings, classes }: Report): string {
  const rules = new Set(classes.flatMap(({ pictures }) => pictures.map(({ provenance }) => provenance.rule)));
  return `<details><summary>How this was computed</summary>
<p class="soft small">${escapeHtml(model)} on ${escapeHtml(adapter)}, Backlight ${escapeHtml(version)}. One forward pass; backward by the rules ${escapeHtml([...rules].join(", "))}.</p>
${timingTable(timings)}</details>`;
}

function picture(png: Uint8Array, what: string): string {
  return `<img alt="${escapeHtml(what)}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`;
}

function predictionTable({ predictions, classes }: Report): string {
  const asked = new Set(classes.map(({ index }) => index));
  const rows = predictions.map(({ index, label, probability, logit }) => {
    const share = Math.min(1, Math.max(0, probability));
    return `<tr${asked.has(index) ? ' class="asked"' : ""}><td>${escapeHtml(label ?? `class ${index}`)}</td>
<td class="number">${index}</td><td><meter min="0" max="1" value="${share}"></meter></td>
<td class="number">${(100 * probability).toFixed(2)} %</td><td class="number">${logit.toFixed(3)}</td></tr>`;
  });
  return `<table><thead><tr><th>The network's first ${rows.length}</th><th class="number">Index</th><th></th>
<th class="number">Probability</th><th class="number">Score</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`;
}

function timingTable(timings: Report["timings"]): string {
  const rows = timings.map(
    ([phase, ms]) => `<tr><td>${escapeHtml(phase)}</td><td class="number">${(ms / 1000).toFixed(2)} s</td></tr>`,
  );
  return `<table><tbody>${rows.join("")}</tbody></table>`;
}
