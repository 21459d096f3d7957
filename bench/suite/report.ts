import { htmlPage } from "../../src/cli/page.ts";
import { escapeHtml, fourDigits } from "../../src/explain/html.ts";
import type { BenchDocument, LayerRow, ModelRow } from "./document.ts";
import { rooflineSvg } from "./roofline.ts";
import {
  clockWords,
  inMs,
  isWords,
  kernelCells,
  kernelHeader,
  layerCells,
  layerHeader,
  modelCells,
  modelHeader,
  ofCeiling,
  peerCells,
  peerHeader,
  totalOf,
} from "./tables.ts";

const style = `
.roofline { width: 100%; height: auto; margin-top: 12px; }
.roofline text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); stroke-width: 1; }
.roof { stroke: var(--ink); stroke-width: 2; fill: none; }
.roof.faint { stroke: var(--soft); stroke-dasharray: 6 5; }
.legend span { margin-right: 14px; white-space: nowrap; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 6px; margin-right: 5px; }
.wide { overflow-x: auto; }
.wide table { font-size: 0.85rem; }
.wide td, .wide th { white-space: nowrap; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 2px 12px; align-items: center; }
.bars { font-size: 0.8rem; margin: 14px 0; }
.bars b { font-weight: normal; overflow-wrap: anywhere; }
.bars i { display: block; height: 12px; border-radius: 3px; min-width: 1px; }
i.forward { background: var(--accent); }
i.backward { background: #d55e00; }
section { margin-top: 32px; }
.bars span { color: var(--soft); font-variant-numeric: tabular-nums; }
.bad { color: #d1242f; font-weight: 600; }
`;

/** A run as one HTML file that needs nothing else: the roofline, where networks spend their time, and all tables. */
export function reportHtml(document: BenchDocument): string {
  const { machine, ceilings, kernels, models, peers } = document;
  const title = `Backlight on ${machine.adapter}`;
  const { runtime, lane, engineVersion, date } = machine;
  const body = `<p class="soft">${escapeHtml(`${runtime}, lane ${lane}, Backlight ${engineVersion}, ${date}`)}<br>
<code>${escapeHtml(machine.command)}</code></p>
<p>This adapter reaches at most ${fourDigits(ceilings.fmaGflops)} GFLOP/s (multiply-add alone),
${fourDigits(ceilings.productGflops)} GFLOP/s (a matrix product: ${escapeHtml(ceilings.productBy)}) and
${fourDigits(ceilings.copyGBps)} GB/s (a copy). Times are ${clockWords(ceilings)}.</p>
${kernels.length > 0 ? kernelSection(document) : ""}
${models.length > 0 ? `<h2>Networks</h2>\n${htmlTable(modelHeader, models.map(modelCells))}` : ""}
${models.map(modelSection).join("\n")}
${peers.length > 0 ? `<h2>Other libraries, in the same run</h2>\n${htmlTable(peerHeader, peers.map(peerCells))}` : ""}`;
  return htmlPage({ title, style, body });
}

function kernelSection({ kernels, ceilings }: BenchDocument): string {
  const wrong = kernels.filter(({ correct }) => !correct).length;
  return `<h2>Kernels</h2>
${wrong > 0 ? `<p class="bad">${wrong} computed wrong results and were not to be timed.</p>` : ""}
${rooflineSvg(
  kernels.filter(({ correct }) => correct),
  ceilings,
)}
${htmlTable(kernelHeader, kernels.map(kernelCells))}`;
}

function modelSection(row: ModelRow): string {
  if (row.layers.length === 0) return "";
  const totalMs = totalOf(row.layers);
  const table = htmlTable(
    layerHeader,
    row.layers.map((layer) => layerCells(layer, totalMs)),
  );
  const title = `${row.model} ${row.phase}, ${row.batch} at a time: ${inMs(totalMs)} ms on the GPU`;
  return `<section><h3>${escapeHtml(title)}</h3>
${layerBars(row.layers, totalMs)}
<details><summary>All layers</summary>${table}</details></section>`;
}

/** Layers that take at least half a per cent, as long as their time; backward ones in another colour. */
function layerBars(layers: readonly LayerRow[], totalMs: number): string {
  const shown = layers.filter(({ ms }) => ms > totalMs / 200);
  const most = Math.max(...shown.map(({ ms }) => ms));
  const lines = shown.map((row) => {
    const title = escapeHtml(row.kernels.join(" "));
    const share = ((100 * row.ms) / most).toFixed(1);
    const reached = ofCeiling(row) && ` (${ofCeiling(row).replace(" ", " % of ")})`;
    return `<b title="${title}">${escapeHtml(row.label || "(no layer)")}</b>
<i class="${row.pass}" style="width:${share}%"></i><span>${inMs(row.ms)} ms${reached}</span>`;
  });
  const colours = ["forward", "backward"].map((pass) => `<span><i class="${pass}"></i>${pass}</span>`);
  return `<p class="legend small">${colours.join(" ")}</p>
<div class="bars">${lines.join("\n")}</div>`;
}

function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const kind = (i: number) => (isWords(header[i] ?? "") ? "" : ' class="number"');
  const heads = header.map((name, i) => `<th${kind(i)}>${escapeHtml(name)}</th>`).join("");
  const lines = rows.map((cells) => {
    // a row that ends early says what is wrong
    const rest =
      cells.length < header.length ? ` class="bad" colspan="${header.length - cells.length + 1}"` : undefined;
    const cell = (text: string, i: number) =>
      `<td${rest && i === cells.length - 1 ? rest : kind(i)}>${escapeHtml(text)}</td>`;
    return `<tr>${cells.map(cell).join("")}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}
