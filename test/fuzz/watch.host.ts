import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { FormatName } from "./formats.ts";
import type { Result } from "./fuzz.ts";
import type { Line } from "./worker.host.ts";

/** No single mutant may hold more than this above what was held before it. */
export const mostBytes = 256 * 2 ** 20;
/** Of the machine's time; the worker itself counts what it really took. */
const hangMs = 20_000;
/** A new process after so many, so that no mutant can lean on what the ones before it left. */
const perWorker = 1000;

export interface Report {
  accepted: number;
  refused: number;
  readonly failures: Result[];
  slowestMs: number;
  grewMostBytes: number;
}

const worker = fileURLToPath(new URL("./worker.host.ts", import.meta.url));

/** Runs mutants in processes of their own, and ends one that hangs.
 * @param onProgress called with the number of mutants done */
export async function watchMutants(
  format: FormatName,
  [first, count]: readonly [first: number, count: number],
  onProgress?: (done: number) => void,
): Promise<Report> {
  const report: Report = { accepted: 0, refused: 0, failures: [], slowestMs: 0, grewMostBytes: 0 };
  const end = first + count;
  let next = first;
  while (next < end) {
    next = await runWorker(format, [next, Math.min(perWorker, end - next)], report);
    onProgress?.(next - first);
  }
  return report;
}

/** @returns the first mutant that was not tried */
async function runWorker(format: FormatName, [first, count]: readonly [number, number], report: Report) {
  const args = ["run", "--allow-all", "--no-lock", "--quiet", worker, format, String(first), String(count)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [next, running, complaint] = [first, -1, ""];
  let killed = false;
  const kill = () => {
    killed = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, 6 * hangMs);
  child.stderr.on("data", (bytes: Uint8Array) => {
    complaint = (complaint + new TextDecoder().decode(bytes)).slice(-2000);
  });
  for await (const text of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(kill, hangMs);
    const line = JSON.parse(text) as Line;
    if ("begins" in line) running = line.begins;
    else {
      countResult(report, line);
      [next, running] = [line.result.seed + 1, -1];
    }
  }
  clearTimeout(timer);
  if (next >= first + count) return next;
  const message = killed ? `hung: no end after ${hangMs / 1000} s` : `the process ended: ${complaint}`;
  const seed = Math.max(running, next);
  report.failures.push({ seed, mutation: "?", kind: "failed", message, milliseconds: hangMs });
  return seed + 1;
}

function countResult(report: Report, { result, grewBytes }: Extract<Line, { result: Result }>): void {
  report.slowestMs = Math.max(report.slowestMs, result.milliseconds);
  report.grewMostBytes = Math.max(report.grewMostBytes, grewBytes);
  if (result.kind !== "failed") report[result.kind]++;
  if (result.kind === "failed") report.failures.push(result);
  else if (grewBytes > mostBytes)
    report.failures.push({ ...result, kind: "failed", message: `took ${grewBytes >> 20} MB (${result.message})` });
}
