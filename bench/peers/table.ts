// Backlight's times beside its peers', where they computed the same.
import { columns } from "../../src/autograd/columns.ts";
import type { Row } from "./peer.ts";

/** Of the largest size in a result: how far another library's may be from ours. */
export const tolerance = 1e-3;

/** Largest difference of two fingerprints, as a share of the largest size in ours; Infinity where they cannot be
 * compared. */
export function disagreement(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length || ours.length === 0) return Number.POSITIVE_INFINITY;
  const scale = ours.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const furthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[i] ?? Number.NaN))), 0);
  const share = furthest / scale;
  return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
}

/** A peer's rows with an error where the output is not ours: such a time counts for nothing. */
export function checked<R extends Row>(ours: readonly Row[], theirs: readonly R[]): R[] {
  return theirs.map((row) => {
    const own = ours.find(({ workload }) => workload === row.workload);
    if (row.error !== undefined || !own || own.error !== undefined) return row;
    const away = disagreement(own.output, row.output);
    if (away <= tolerance) return row;
    return { ...row, error: `wrong output, ${away.toExponential(1)} away from ours (it took ${shown(row.ms)} ms)` };
  });
}

/** How many times as long as ours the fastest peer took that computed the same.
 * @returns undefined where nothing can be compared */
export function ratio(ours: Row | undefined, theirs: readonly Row[]): number | undefined {
  const times = theirs.filter(({ error }) => error === undefined).map(({ ms }) => ms);
  return ours && ours.error === undefined && times.length > 0 ? Math.min(...times) / ours.ms : undefined;
}

/** A table with a line for each workload, then what went wrong. Times are least milliseconds; a number in brackets stands
 * for an error.
 * @param rows checked ones, of all libraries */
export function comparison(rows: readonly Row[]): string[] {
  const libraries = [...new Set(rows.map(({ peer }) => peer))];
  const workloads = [...new Set(rows.map(({ workload }) => workload))];
  const notes: string[] = [];
  const cell = (row: Row | undefined) => {
    if (!row) return "";
    if (row.error === undefined) return shown(row.ms);
    notes.push(`[${notes.length + 1}] ${row.peer}, ${row.workload}: ${row.error}`);
    return `[${notes.length}]`;
  };
  const lines = workloads.map((workload): string[] => {
    const found = libraries.map((peer) => rows.find((row) => row.workload === workload && row.peer === peer));
    const times = ratio(
      found.find((row) => row?.peer === "backlight"),
      found.filter((row) => row !== undefined && row.peer !== "backlight") as Row[],
    );
    return [workload, ...found.map(cell), times === undefined ? "" : times.toFixed(2)];
  });
  const header = ["ms", ...libraries, "best peer / ours"];
  return [columns([header, ...lines], new Set(header.slice(1))), ...notes];
}

function shown(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}
