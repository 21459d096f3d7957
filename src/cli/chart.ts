import { escapeHtml, fourDigits } from "../explain/html.ts";

/** A line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** Lines of one group have one colour; those after the first are dashed. Its own name unless given. */
  readonly group?: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly x: string;
  readonly y: string;
  readonly lines: readonly ChartLine[];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [460, 300, 56, 44, 12, 12];
/** Told apart by people who see few colours too. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

/** Lines over a grid as SVG text, with a legend; both axes begin at 0 unless values lie below.
 * @returns an element for an HTML page; every name is escaped */
export function chartSvg({ x, y, lines }: Chart): string {
  const all = lines.flatMap(({ points }) => points);
  const across = axisOf(all.map(([value]) => value));
  const up = axisOf(all.map(([, value]) => value));
  const atX = (value: number) => LEFT + ((value - across.low) / across.size) * (WIDTH - LEFT - RIGHT);
  const atY = (value: number) => HEIGHT - BOTTOM - ((value - up.low) / up.size) * (HEIGHT - BOTTOM - TOP);
  const grid = [
    ...up.ticks.map(
      (tick) => `<path class="grid" d="M${LEFT} ${px(atY(tick))}H${WIDTH - RIGHT}"/>
<text x="${LEFT - 6}" y="${px(atY(tick) + 4)}" text-anchor="end">${fourDigits(tick)}</text>`,
    ),
    ...across.ticks.map(
      (tick) => `<path class="grid" d="M${px(atX(tick))} ${TOP}V${HEIGHT - BOTTOM}"/>
<text x="${px(atX(tick))}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${fourDigits(tick)}</text>`,
    ),
  ];
  const paths = lines.map(({ points }, i) => {
    const d = points.map(([a, b], k) => `${k === 0 ? "M" : "L"}${px(atX(a))} ${px(atY(b))}`).join("");
    return `<path class="line" d="${d}" ${styleOf(lines, i)}/>`;
  });
  const middle = (TOP + HEIGHT - BOTTOM) / 2;
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${y} by ${x}`)}">
${grid.join("\n")}
${paths.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x)}</text>
<text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${escapeHtml(y)}</text>
</svg>
<p class="legend small">${lines.map((_, i) => legendOf(lines, i)).join(" ")}</p>`;
}

function legendOf(lines: readonly ChartLine[], i: number): string {
  const style = styleOf(lines, i);
  const swatch = `<svg width="26" height="8" aria-hidden="true"><path class="line" d="M1 4H25" ${style}/></svg>`;
  return `<span>${swatch} ${escapeHtml(lines[i]?.name ?? "")}</span>`;
}

function styleOf(lines: readonly ChartLine[], i: number): string {
  const groups = lines.map(({ name, group }) => group ?? name);
  const group = groups[i] ?? "";
  const colour = colours[[...new Set(groups)].indexOf(group) % colours.length];
  return `stroke="${colour}"${groups.indexOf(group) < i ? ' stroke-dasharray="5 4"' : ""}`;
}

interface Axis {
  readonly low: number;
  readonly size: number;
  readonly ticks: readonly number[];
}

/** From below the smallest value, or 0, to above the largest, in about four round steps. */
function axisOf(values: readonly number[]): Axis {
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (most > least ? most - least : 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((round) => round * power >= 0.999 * rough) ?? 10);
  const [first, last] = [Math.floor(least / step), Math.max(Math.ceil(most / step), Math.floor(least / step) + 1)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(9)));
  return { low: first * step, size: (last - first) * step, ticks };
}

/** Two places are enough for pixels. */
function px(value: number): string {
  return value.toFixed(2);
}
