import { Buffer } from "node:buffer";
import { escapeHtml } from "../../explain/html.ts";
import type { TauCurve } from "../../explain/localisation/max-box-acc.ts";
import { htmlPage } from "../page.ts";
import type { RunFacts } from "./localise-folder.host.ts";
import { type Metrics, metricRows } from "./localise-lines.ts";
import type { Sheet, SheetPicture } from "./localise-sheet.host.ts";

export interface LocaliseReport {
  readonly facts: RunFacts;
  readonly metrics: Metrics;
  readonly sheet: Sheet;
  /** Pictures that have no result, and why; the first of them. */
  readonly errors: readonly { readonly image: string; readonly error: string }[];
  readonly version: string;
}

const style = `
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 16px; margin: 12px 0; }
.sheet img { max-width: 256px; }
.missing { display: grid; place-items: center; aspect-ratio: 4 / 3; max-width: 256px; background: var(--shade); color: var(--soft); }
svg { max-width: 720px; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--soft); }
svg .grid { stroke: var(--line); }
svg polyline { fill: none; stroke-width: 2; }
.key { display: inline-block; width: 22px; height: 0; border-top: 3px solid; margin: 0 6px 4px 16px; }
.swatch { display: inline-block; width: 14px; height: 14px; border: 2px solid; background: #555; vertical-align: -2px; }
`;

/** One HTML file that needs nothing else: pictures are inside, there are no scripts, and every string is escaped. */
export function localiseHtml({ facts, metrics, sheet, errors, version }: LocaliseReport): string {
  const { settings } = facts;
  const title = `How well ${settings.method} of ${settings.model} localises`;
  const body = `<p class="soft">${escapeHtml(subtitle(facts, metrics))}</p>
${table(metrics, settings.threshold)}
<section>
<h2>Accuracy at every threshold</h2>
<p class="soft">Share of the maps whose box is right, where the box is cut at tau times the map's maximum.</p>
${curves(metrics.maxBoxAcc.curves)}
</section>
<section>
<h2>Best and worst</h2>
<p class="soft">The map's box is <span class="swatch" style="border-color: #fff"></span> white, true ones are
<span class="swatch" style="border-color: #3ce65a"></span> green.</p>
${row("Best", sheet.best)}
${row("Worst", sheet.worst)}
</section>
${errorList(errors, metrics.errors)}
<details><summary>How this was computed</summary>
<p class="soft small">Backlight ${escapeHtml(version)}; ${escapeHtml(JSON.stringify(settings))}. Boxes of
${escapeHtml(facts.boxes)}.</p></details>`;
  return htmlPage({ title, style, body });
}

function subtitle({ dir, shard, withoutBoxes, missing }: RunFacts, { explained, maps, emptyMaps }: Metrics): string {
  const facts = [
    ["pictures explained", explained],
    ["maps", maps],
    ["empty maps", emptyMaps],
    ["pictures without boxes", withoutBoxes],
    ["pictures of the box file that are not there", missing],
  ] as const;
  const shown = facts.filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
  return [dir, ...(shard ? [`shard ${shard.index} of ${shard.count}`] : []), ...shown].join("; ");
}

function table(metrics: Metrics, threshold: number): string {
  const rows = metricRows(metrics, threshold).map(
    ([name, value, meaning]) =>
      `<tr><td>${escapeHtml(name)}</td><td class="number">${escapeHtml(value)}</td><td class="soft">${escapeHtml(meaning)}</td></tr>`,
  );
  return `<table><tbody>${rows.join("\n")}</tbody></table>`;
}

const colours = ["#2f62d0", "#5aa469", "#d08a2f", "#b0417c"] as const;
const curveTitles = { "largest-0.5": "largest contour, IoU 0.5" } as Readonly<Record<string, string>>;
const plot = { left: 44, top: 10, width: 640, height: 260 };
/** A thousand thresholds are more than the picture has columns. */
const everyTau = 4;

function curves(all: readonly TauCurve[]): string {
  if (all.length === 0) return `<p class="note">Nothing was measured.</p>`;
  const { left, top, width, height } = plot;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const [x, y] = [left + share * width, top + (1 - share) * height];
    return `<line class="grid" x1="${left}" x2="${left + width}" y1="${y}" y2="${y}"/>
<text x="${left - 8}" y="${y + 4}" text-anchor="end">${100 * share} %</text>
<text x="${x}" y="${top + height + 18}" text-anchor="middle">${share}</text>`;
  });
  const lines = all.map(({ accuracy }, i) => {
    const points = accuracy.flatMap((share, tau) =>
      tau % everyTau === 0
        ? [`${(left + (tau / accuracy.length) * width).toFixed(1)},${(top + (1 - share) * height).toFixed(1)}`]
        : [],
    );
    // the first often lies on another
    return `<polyline stroke="${colours[i]}"${i === 0 ? ' stroke-dasharray="7 5"' : ""} points="${points.join(" ")}"/>`;
  });
  const keys = all.map(({ name, iou, best, tau }, i) => {
    const what = curveTitles[name] ?? `any contour, IoU ${iou}`;
    return `<span class="key" style="color: ${colours[i]}"></span>${escapeHtml(what)}: ${(100 * best).toFixed(1)} % at ${tau}`;
  });
  return `<svg viewBox="0 0 ${left + width + 16} ${top + height + 40}" role="img" aria-label="accuracy by threshold">
${grid.join("\n")}
${lines.toReversed().join("\n")}
<text x="${left + width / 2}" y="${top + height + 36}" text-anchor="middle">tau</text>
</svg>
<p class="small">${keys.join("<br>")}</p>`;
}

function row(heading: string, pictures: readonly SheetPicture[]): string {
  if (pictures.length === 0) return "";
  const cells = pictures.map(({ title, text, png }) => {
    const shown = png
      ? `<img alt="${escapeHtml(title)}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`
      : `<div class="missing small">not on this machine</div>`;
    return `<figure>${shown}<figcaption>${escapeHtml(text)}<br>${escapeHtml(title)}</figcaption></figure>`;
  });
  return `<h3>${heading}</h3><div class="sheet">${cells.join("\n")}</div>`;
}

function errorList(errors: LocaliseReport["errors"], count: number): string {
  if (count === 0) return "";
  const items = errors.map(({ image, error }) => `<li>${escapeHtml(image)}: ${escapeHtml(error)}</li>`);
  const more = count > errors.length ? `<li>and ${count - errors.length} more</li>` : "";
  return `<section><h2>Pictures without result: ${count}</h2><ul class="small">${items.join("\n")}${more}</ul></section>`;
}
