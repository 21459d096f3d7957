import { useId } from "preact/hooks";
import { short } from "./numbers.ts";

/** One line of a plot. */
export interface CurveLine {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface CurveProps {
  /** What is plotted, for those who do not see it. */
  readonly title: string;
  /** At most three: each has a colour, a dash and a mark of its own. */
  readonly lines: readonly CurveLine[];
  /** What the x axis counts. */
  readonly x: string;
  /** Extent of the x axis; as far as the points unless given. */
  readonly across?: readonly [number, number];
  /** What the y axis counts. */
  readonly y: string;
  /** Extent of the y axis; 0 to 1 unless given. */
  readonly range?: readonly [number, number];
  /** Where the x axis is marked; at its ends unless given. */
  readonly ticks?: readonly number[];
}

const [width, height] = [520, 280];
const frame = { left: 52, right: 506, top: 12, bottom: 236 };

/** A small line plot. The numbers stand beside it, in a table or in words. */
export function Curve({ title, lines, x, across, y, range = [0, 1], ticks }: CurveProps) {
  const id = useId();
  const [from, to] = across ?? extent(lines);
  const along = (value: number) => place(value, [from, to], [frame.left, frame.right]);
  const up = (value: number) => place(value, range, [frame.bottom, frame.top]);
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-labelledby={id}>
        <title id={id}>{title}</title>
        {[range[0], (range[0] + range[1]) / 2, range[1]].map((value) => (
          <g key={value}>
            <path class="rule" d={`M${frame.left} ${up(value)}H${frame.right}`} />
            <text x={frame.left - 8} y={up(value) + 5} text-anchor="end">
              {short(value)}
            </text>
          </g>
        ))}
        {(ticks ?? [from, to]).map((value) => (
          <text key={value} x={along(value)} y={frame.bottom + 20} text-anchor="middle">
            {short(value)}
          </text>
        ))}
        <text x={(frame.left + frame.right) / 2} y={height - 6} text-anchor="middle">
          {x}
        </text>
        {lines.map(({ name, points }, i) => (
          <Drawn key={name} at={points.map((point) => [along(point.x), up(point.y)])} kind={i} />
        ))}
      </svg>
      <figcaption>
        <span class="soft">{y}</span>
        {lines.map(({ name }, i) => (
          <span key={name} class="key">
            <svg viewBox="0 0 34 12" width="34" height="12" aria-hidden="true">
              <Drawn
                at={[
                  [1, 6],
                  [17, 6],
                  [33, 6],
                ]}
                kind={i}
              />
            </svg>
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Beyond this many points marks would cover the line. */
const mostMarks = 40;

function Drawn({ at, kind }: { readonly at: readonly (readonly [number, number])[]; readonly kind: number }) {
  const inside = at.length <= mostMarks ? at : [];
  return (
    <g class={`line kind${kind}`}>
      <path d={at.map(([px, py], i) => `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`).join("")} />
      <path class="marks" d={inside.map(([px, py]) => (marks[kind] ?? dot)(px, py)).join("")} />
    </g>
  );
}

const dot = (x: number, y: number) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`;
const square = (x: number, y: number) => `M${x - 4} ${y - 4}h8v8h-8z`;
const wedge = (x: number, y: number) => `M${x} ${y - 5}l5 9h-10z`;
const marks: readonly ((x: number, y: number) => string)[] = [dot, square, wedge];

function place(value: number, [from, to]: readonly [number, number], [a, b]: readonly [number, number]): number {
  const share = to === from ? 0 : (value - from) / (to - from);
  return a + Math.min(1, Math.max(0, share)) * (b - a);
}

function extent(lines: readonly CurveLine[]): readonly [number, number] {
  const all = lines.flatMap(({ points }) => points.map(({ x }) => x));
  return all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
}
