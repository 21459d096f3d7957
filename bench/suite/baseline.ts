// This run against an earlier one.
import { columns } from "../../src/autograd/columns.ts";
import type { BenchDocument, Timing } from "./document.ts";

/** One thing that both runs measured. */
export interface Comparison {
  readonly what: string;
  readonly oldMs: number;
  readonly newMs: number;
  /** New time over old: above 1 is slower. */
  readonly ratio: number;
  readonly regressed: boolean;
}

/** Everything that both documents hold, in the order of `now`. What the engine chooses is compared with what it chose,
 * whatever the variant. A regression shows in the least time as well as in the median.
 * @param thresholdPercent how much slower is a regression; on another adapter nothing is one */
export function compareDocuments(before: BenchDocument, now: BenchDocument, thresholdPercent: number): Comparison[] {
  const old = new Map(timings(before));
  const most = 1 + thresholdPercent / 100;
  const comparable = isComparable(before, now);
  return timings(now).flatMap(([what, timing]) => {
    const was = old.get(what);
    if (!was) return [];
    const ratio = timing.medianMs / was.medianMs;
    const regressed = comparable && Math.min(ratio, timing.minMs / was.minMs) > most;
    return [{ what, oldMs: was.medianMs, newMs: timing.medianMs, ratio, regressed }];
  });
}

/** Whether two runs are of one adapter in one kind of runtime: elsewhere a ratio compares machines, not versions. */
export function isComparable(before: BenchDocument, now: BenchDocument): boolean {
  const where = ({ machine }: BenchDocument) => [machine.adapter, machine.runtime.split(" ")[0]].join();
  return where(before) === where(now);
}

function timings({ kernels, models }: BenchDocument): (readonly [what: string, Timing])[] {
  return [
    ...kernels.map((row) => {
      const variant = row.chosen ? "the engine's choice" : row.variant;
      return [`${row.kernel} ${row.shape} x${row.batch}, ${variant}`, row] as const;
    }),
    ...models.map((row) => [`${row.model} ${row.phase} x${row.batch}`, row] as const),
  ];
}

/** The comparisons as lines of text. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ what, oldMs, newMs, ratio, regressed }) => [
    what,
    oldMs.toFixed(3),
    newMs.toFixed(3),
    `${ratio.toFixed(2)}x`,
    regressed ? "SLOWER" : "",
  ]);
  return columns([["what", "before ms", "now ms", "ratio", ""], ...rows], new Set(["before ms", "now ms", "ratio"]));
}
