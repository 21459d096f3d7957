import { useId, useMemo } from "preact/hooks";
import { short } from "../../parts/numbers.ts";
import { gateWords } from "../../strings/gate.ts";
import { sampled } from "./quadrants.ts";
import type { Gate, Passage } from "./read-gate.ts";

const size = 300;
const inset = 14;
const most = 2000;
/** Points beyond this share of all are drawn at the edge: few are far above all others. */
const within = 0.99;

/** x across, r up; what passes is a dot, what is blocked a cross. */
export function Scatter({ gate, passage, title }: { gate: Gate; passage: Passage; title: string }) {
  const words = gateWords();
  const id = useId();
  const drawn = useMemo(() => paths(gate, passage), [gate, passage]);
  const { across, up, passed, blocked } = drawn;
  const { from, shuts } = gate.activation;
  const top = gate.activation.top < across ? inset + place(gate.activation.top, across) : undefined;
  const left = inset + place(from, across);
  const middle = size / 2;
  return (
    <svg class="scatter" viewBox={`0 0 ${size} ${size}`} role="img" aria-labelledby={id}>
      <title id={id}>{title}</title>
      <rect class="open" x={left} y={inset} width={(top ?? size - inset) - left} height={size - 2 * inset} />
      <path class="axis" d={`M${inset} ${middle}H${size - inset}M${middle} ${inset}V${size - inset}`} />
      {top !== undefined && <path class="axis" d={`M${top} ${inset}V${size - inset}`} />}
      <path class="blocked" d={blocked} />
      <path class="passed" d={passed} />
      <text x={size - inset} y={middle + 14} text-anchor="end">
        x = {short(across)}
      </text>
      <text x={middle + 5} y={inset + 10}>
        r = {short(up)}
      </text>
      <text x={middle - 6} y={size - inset - 4} text-anchor="end" class="side">
        {shuts ? words.closed : words.weaker}
      </text>
      <text x={middle + 6} y={size - inset - 4} class="side">
        {words.open}
      </text>
    </svg>
  );
}

/** Where a value is within the frame, whose middle is 0. */
function place(value: number, full: number): number {
  const share = full > 0 ? Math.max(-1, Math.min(1, value / full)) : 0;
  return ((share + 1) / 2) * (size - 2 * inset);
}

function paths({ x }: Gate, { r, dx }: Passage) {
  const shown = sampled(x.length, most);
  const [across, up] = [fullOf(shown.map((i) => x[i] ?? 0)), fullOf(shown.map((i) => r[i] ?? 0))];
  const at = (i: number) => {
    return [inset + place(x[i] ?? 0, across), size - inset - place(r[i] ?? 0, up)].map((v) => v.toFixed(1)).join(" ");
  };
  const [passed, blocked] = [shown.filter((i) => dx[i] !== 0), shown.filter((i) => dx[i] === 0)];
  return {
    across,
    up,
    // a line of no length with round ends is a dot
    passed: passed.map((i) => `M${at(i)}h0`).join(""),
    blocked: blocked.map((i) => `M${at(i)}m-2.5-2.5l5 5m0-5l-5 5`).join(""),
  };
}

function fullOf(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((value) => value > 0);
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(within * (sizes.length - 1))] ?? 0;
}
