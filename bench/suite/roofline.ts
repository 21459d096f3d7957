import { escapeHtml, fourDigits } from "../../src/explain/html.ts";
import type { Ceilings, KernelRow } from "./document.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [860, 420, 64, 46, 16, 16];
/** Told apart by people who see few colours too. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7f7f7f"];

/** The roofline: GFLOP/s by operations to a byte, both logarithmic, under the adapter's ceilings, one mark to a row.
 * @returns an SVG element with a legend; every name is escaped
 * @see    Williams, Waterman and Patterson 2009 */
export function rooflineSvg(rows: readonly KernelRow[], { fmaGflops, productGflops, copyGBps }: Ceilings): string {
  const marks = rows.filter(({ gflops, gbps }) => gflops > 0 && gbps > 0);
  const intensity = ({ gflops, gbps }: KernelRow) => gflops / gbps;
  const across = decades([...marks.map(intensity), productGflops / copyGBps]);
  const up = decades([...marks.map(({ gflops }) => gflops), fmaGflops]);
  const atX = (value: number) => LEFT + across.share(value) * (WIDTH - LEFT - RIGHT);
  const atY = (value: number) => HEIGHT - BOTTOM - up.share(value) * (HEIGHT - BOTTOM - TOP);
  const roof = (gflops: number, style: string) => {
    const ridge = gflops / copyGBps;
    const start = copyGBps * across.low;
    const [from, to] = [`${px(atX(across.low))} ${px(atY(start))}`, `${px(atX(ridge))} ${px(atY(gflops))}`];
    return `<path class="${style}" d="M${from}L${to}H${WIDTH - RIGHT}"/>`;
  };
  const kernels = [...new Set(marks.map(({ kernel }) => kernel))];
  const colourOf = (kernel: string) => colours[kernels.indexOf(kernel) % colours.length] ?? "";
  const dots = marks.map((row) => {
    const title = `${row.kernel} ${row.shape} x${row.batch}, ${row.variant}: ${fourDigits(row.gflops)} GFLOP/s`;
    const fill = row.chosen ? colourOf(row.kernel) : "none";
    const at = `cx="${px(atX(intensity(row)))}" cy="${px(atY(row.gflops))}"`;
    const paint = `stroke="${colourOf(row.kernel)}" stroke-width="2" fill="${fill}"`;
    return `<circle ${at} r="5" ${paint}><title>${escapeHtml(title)}</title></circle>`;
  });
  const named = (text: string, value: number, y: number) =>
    `<text x="${WIDTH - RIGHT - 4}" y="${px(atY(value) + y)}" text-anchor="end">${escapeHtml(text)}</text>`;
  const plot = `width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT - TOP - BOTTOM}"`;
  const legend = kernels.map(
    (kernel) => `<span><i style="background:${colourOf(kernel)}"></i>${escapeHtml(kernel)}</span>`,
  );
  const label = 'aria-label="GFLOP/s by operations to a byte"';
  return `<svg class="roofline" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ${label}>
<defs><clipPath id="plot"><rect x="${LEFT}" y="${TOP}" ${plot}/></clipPath></defs>
${gridLines(across, up, { atX, atY })}
<g clip-path="url(#plot)">${roof(fmaGflops, "roof faint")}${roof(productGflops, "roof")}</g>
${named(`fma, ${fourDigits(fmaGflops)} GFLOP/s`, fmaGflops, -5)}
${named(`product, ${fourDigits(productGflops)} GFLOP/s`, productGflops, 15)}
${dots.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">operations to a byte moved</text>
<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">GFLOP/s</text>
</svg>
<p class="legend small">${legend.join(" ")}
<span>filled: what the engine chooses</span></p>`;
}

interface Decades {
  readonly low: number;
  readonly ticks: readonly number[];
  /** Where a value lies between both ends, 0 to 1. */
  readonly share: (value: number) => number;
}

/** Whole powers of ten around the values. */
function decades(values: readonly number[]): Decades {
  const first = Math.floor(Math.log10(Math.min(...values)) - 0.05);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) + 0.05));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return { low: 10 ** first, ticks, share: (value) => (Math.log10(value) - first) / (last - first) };
}

function gridLines(
  across: Decades,
  up: Decades,
  { atX, atY }: Record<"atX" | "atY", (value: number) => number>,
): string {
  const columns = across.ticks.map(
    (tick) => `<path class="grid" d="M${px(atX(tick))} ${TOP}V${HEIGHT - BOTTOM}"/>
<text x="${px(atX(tick))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${fourDigits(tick)}</text>`,
  );
  const rows = up.ticks.map(
    (tick) => `<path class="grid" d="M${LEFT} ${px(atY(tick))}H${WIDTH - RIGHT}"/>
<text x="${LEFT - 8}" y="${px(atY(tick) + 4)}" text-anchor="end">${fourDigits(tick)}</text>`,
  );
  return [...columns, ...rows].join("\n");
}

/** Two places are enough for pixels. */
function px(value: number): string {
  return value.toFixed(2);
}
