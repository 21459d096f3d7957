import type { Engine } from "../src/index.ts";

export interface Measured {
  /** Least time of one call. */
  readonly elapsedMs: number;
  readonly gflops: number;
}

/** Clocks are coarse and a submission has a price: so many calls go into one that they take this long. */
const LEAST_MS = 30;
const MAX_CALLS = 64;

/** Times `body`, whose tensors are freed after each call, by the clock: several calls to a submission, several
 * submissions, of which the fastest counts. The first call, which compiles, does not.
 * @param flops multiplications and additions of one call */
export async function measure(
  engine: Engine,
  body: () => unknown,
  { runs, flops }: { runs: number; flops: number },
): Promise<Measured> {
  await timed(engine, body, 1);
  const once = await timed(engine, body, 1);
  const calls = Math.max(1, Math.min(MAX_CALLS, Math.ceil(LEAST_MS / once)));
  let elapsedMs = once;
  for (let run = 0; run < runs; run++) elapsedMs = Math.min(elapsedMs, (await timed(engine, body, calls)) / calls);
  return { elapsedMs, gflops: flops / elapsedMs / 1e6 };
}

async function timed(engine: Engine, body: () => unknown, calls: number): Promise<number> {
  await engine.finish();
  const start = performance.now();
  for (let call = 0; call < calls; call++) engine.scope(() => void body());
  await engine.finish();
  return performance.now() - start;
}
