import { readFileSync, writeFileSync } from "node:fs";

/** This process' resident memory now, and the most since `resetPeak`, in bytes; undefined where only Linux tells. */
export function residentMemory(): { now: number; peak: number } | undefined {
  const status = statusOfProcess();
  const read = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status ?? "")?.[1]) * 1024;
  return status === undefined ? undefined : { now: read("VmRSS"), peak: read("VmHWM") };
}

/** From here on, "the most" begins with what is held now.
 * @see proc_pid_clear_refs(5) */
export function resetPeak(): void {
  if (statusOfProcess() !== undefined) writeFileSync("/proc/self/clear_refs", "5");
}

function statusOfProcess(): string | undefined {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return undefined;
  }
}
