// How long things take: samples of at least 10 ms each, by the GPU's timestamps or by the clock.
import type { Engine } from "../../src/index.ts";
import type { ClockName, Rates, Timing } from "./document.ts";

/** Clocks are coarse, and browsers round timestamps to 100 us: a sample lasts at least so long. */
const SAMPLE_MS = 10;
const MAX_CALLS = 256;
/** A profile holds 2,048 dispatches. */
const MAX_PROFILED = 2048;
const MAX_SAMPLES = 25;
/** What takes longer is run as seldom as possible: naive variants on software adapters. */
const SLOW_MS = 2000;
/** A busy machine may spoil one comparison of both clocks. */
const ATTEMPTS = 3;
/** A sample by the clock lasts so many times as long as waiting for an idle queue does. */
const WAITS = 10;

export interface MeasureOptions {
  readonly clock: ClockName;
  /** Time that all samples together may take; three are taken anyway of what takes no seconds. */
  readonly budgetMs: number;
}

/** Times one call of `body`, whose tensors are freed after it. The first call, which compiles, does not count. */
export async function measure(engine: Engine, body: () => unknown, options: MeasureOptions): Promise<Timing> {
  const before = engine.counts.dispatches;
  const firstMs = await wallMs(engine, body, 1);
  const dispatches = Math.max(1, engine.counts.dispatches - before);
  // what takes seconds is not compiled for as long as that: its first call tells enough
  const onceMs = firstMs > SLOW_MS ? firstMs : await wallMs(engine, body, 1);
  const stamped = options.clock === "timestamps" && dispatches <= MAX_PROFILED;
  const read = stamped ? gpuMs : wallMs;
  const most = stamped ? Math.min(MAX_CALLS, Math.floor(MAX_PROFILED / dispatches)) : MAX_CALLS;
  // waiting for the queue takes a while of its own (11 ms in Deno), which the clock sees and timestamps do not
  const waitMs = await wallMs(engine, () => undefined, 1);
  const wantedMs = stamped ? SAMPLE_MS : Math.max(SAMPLE_MS, WAITS * waitMs);
  let calls = clamp(Math.ceil(wantedMs / Math.max(onceMs - waitMs, onceMs / 8)), 1, most);
  let sampleMs = await read(engine, body, calls);
  const times: number[] = [];
  if (sampleMs < wantedMs) {
    calls = clamp(Math.ceil((calls * wantedMs) / Math.max(sampleMs, 0.1)), 1, most);
    sampleMs = wantedMs;
  } else times.push(sampleMs / calls);
  const wanted = clamp(Math.floor(options.budgetMs / sampleMs), sampleMs > SLOW_MS ? 1 : 3, MAX_SAMPLES);
  while (times.length < wanted) times.push((await read(engine, body, calls)) / calls);
  return timingOf(times, calls);
}

/** @param times of one call each, in any order */
export function timingOf(times: readonly number[], calls: number): Timing {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    minMs: quantile(sorted, 0),
    p90Ms: quantile(sorted, 0.9),
    samples: sorted.length,
    calls,
  };
}

/** Between the two nearest of sorted values. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}

/** Clock time of so many calls in one submission. */
export async function wallMs(engine: Engine, body: () => unknown, calls: number): Promise<number> {
  await engine.finish();
  const start = performance.now();
  repeat(engine, body, calls);
  await engine.finish();
  return performance.now() - start;
}

/** GPU time of so many calls: the sum over their dispatches. */
export async function gpuMs(engine: Engine, body: () => unknown, calls: number): Promise<number> {
  const entries = (await engine.profile(() => repeat(engine, body, calls))) ?? [];
  return entries.reduce((sum, { elapsedNs }) => sum + elapsedNs, 0) / 1e6;
}

function repeat(engine: Engine, body: () => unknown, calls: number): void {
  for (let call = 0; call < calls; call++) engine.scope(() => void body());
}

/** Whether the device's timestamps can be believed: those of `body`, which keeps the GPU busy for a while, must make up
 * most of the time that the clock saw, and not more. */
export async function chooseClock(engine: Engine, body: () => unknown): Promise<ClockName> {
  if (!engine.device.features.has("timestamp-query")) return "wall";
  await wallMs(engine, body, 1);
  const waitMs = await wallMs(engine, () => undefined, 1);
  let calls = 1;
  while (calls < MAX_CALLS && (await wallMs(engine, body, calls)) < SAMPLE_MS + WAITS * waitMs) calls *= 2;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const clockMs = await wallMs(engine, body, calls);
    const stampMs = await gpuMs(engine, body, calls);
    // a GPU clocks up while it works, and other programs take their turns: the two runs may differ by much
    if (stampMs > 0.4 * clockMs && stampMs < 1.5 * clockMs) return "timestamps";
  }
  return "wall";
}

/** Work against the roofline: the copy's bandwidth up to where the product's rate is reached, that rate beyond. */
export function ratesOf(
  { flops, bytes, ms }: { flops: number; bytes: number; ms: number },
  { productGflops, copyGBps }: { productGflops: number; copyGBps: number },
): Rates {
  const gflops = flops / ms / 1e6;
  const gbps = bytes / ms / 1e6;
  const ofProduct = gflops / productGflops;
  const ofCopy = gbps / copyGBps;
  const bound = ofCopy > ofProduct ? "copy" : "product";
  return { gflops, gbps, ceilingPercent: 100 * Math.max(ofProduct, ofCopy), bound };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
