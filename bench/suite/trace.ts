import type { Machine } from "./document.ts";
import type { TimedDispatch } from "./layers.ts";

/** The dispatches of one phase in the format of chrome://tracing and Perfetto, one track for each way. They follow each
 * other on the queue: each begins where the one before it ended, gaps left out.
 * @see the "Trace Event Format" document, complete events ("X"), times in microseconds */
export function traceText(dispatches: readonly TimedDispatch[], { what, machine }: { what: string; machine: Machine }) {
  const tracks = { forward: 1, backward: 2 } as const;
  let at = 0;
  const events = dispatches.map(({ label, kernel, variant, pass, elapsedNs }) => {
    const ts = at / 1000;
    at += elapsedNs;
    const name = label && label !== kernel ? `${label}: ${kernel}` : kernel;
    const args = { layer: label, kernel, variant, pass };
    return { name, cat: pass, ph: "X", ts, dur: elapsedNs / 1000, pid: 1, tid: tracks[pass], args };
  });
  const names = [
    { name: "process_name", ph: "M", pid: 1, args: { name: `${what} on ${machine.adapter}` } },
    ...Object.entries(tracks).map(([name, tid]) => ({ name: "thread_name", ph: "M", pid: 1, tid, args: { name } })),
  ];
  return `${JSON.stringify({ displayTimeUnit: "ms", otherData: machine, traceEvents: [...names, ...events] })}\n`;
}
