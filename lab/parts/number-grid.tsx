import { short } from "./numbers.ts";
import { largest } from "./signed.ts";

interface NumberGridProps {
  readonly title: string;
  /** Row by row from the top. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  /** The magnitude that is shown in full colour; the largest of `values` unless given. */
  readonly most?: number;
  /** Which places are framed; none unless given. */
  readonly marked?: (index: number) => boolean;
}

/** How strong a full colour is, in per cent: what is written on it stays readable. */
const strongest = 40;

/** A few numbers in cells, orange above 0 and blue below. */
export function NumberGrid({ title, values, width, most, marked }: NumberGridProps) {
  const full = most ?? largest(values);
  const rows = Array.from({ length: Math.ceil(values.length / width) }, (_, row) => row);
  const cell = (index: number) => {
    const value = values[index] ?? 0;
    return (
      <td key={index} class={marked?.(index) ? "marked" : ""} style={{ background: tint(value, full) }}>
        {short(value)}
      </td>
    );
  };
  return (
    <table class="numbers">
      <caption>{title}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row}>{Array.from({ length: width }, (_, column) => cell(row * width + column))}</tr>
        ))}
      </tbody>
    </table>
  );
}

function tint(value: number, full: number): string {
  const share = full > 0 ? Math.min(1, Math.abs(value) / full) : 0;
  return `color-mix(in srgb, var(--${value > 0 ? "up" : "down"}) ${(strongest * share).toFixed(1)}%, var(--card))`;
}
