// Times whole networks, a phase at a time.
import type { Engine, Model } from "../../src/index.ts";
import type { Ceilings, ModelRow } from "./document.ts";
import { layerRows, layerWork, profilePhase, type TimedDispatch } from "./layers.ts";
import type { ModelName, PhaseName } from "./options.ts";
import { preparePhase } from "./subject.ts";
import { timingOf } from "./timing.ts";

/** One phase of one network that is to be measured. */
export interface ModelJob {
  readonly name: ModelName;
  readonly phase: PhaseName;
  readonly batch: number;
}

export interface ModelResult {
  readonly row: ModelRow;
  /** Of one more run; undefined where the device has no timestamps. */
  readonly dispatches: readonly TimedDispatch[] | undefined;
}

/** Measures a phase by the clock, from its first command to its result, and then its dispatches by themselves. */
export async function benchPhase(
  model: Model,
  job: ModelJob,
  { runs, ceilings }: { runs: number; ceilings: Ceilings },
): Promise<ModelResult> {
  const { engine } = model;
  const weightBytes = weightBytesOf(model);
  const phase = preparePhase(model, job.phase, job.batch);
  try {
    // compiles
    await phase.once();
    engine.pool.resetPeak();
    const samples: Sample[] = [];
    for (let i = 0; i < runs; i++) samples.push(await sampleOf(engine, phase.once));
    const { peakBytes } = engine.memory();
    const dispatches = await profilePhase(model, { ...job, once: phase.once });
    const work = layerWork(model, job.batch, { weights: job.phase === "train" });
    const row: ModelRow = {
      model: job.name,
      phase: job.phase,
      batch: job.batch,
      ...timingOf(
        samples.map(({ ms }) => ms),
        1,
      ),
      dispatches: samples[0]?.dispatches ?? 0,
      submissions: samples[0]?.submissions ?? 0,
      encodeMs: Math.min(...samples.map(({ encodeMs }) => encodeMs)),
      peakBytes,
      weightBytes,
      layers: layerRows(dispatches ?? [], work, ceilings),
    };
    return { row, dispatches };
  } finally {
    phase.dispose();
  }
}

interface Sample {
  readonly ms: number;
  readonly encodeMs: number;
  readonly dispatches: number;
  readonly submissions: number;
}

async function sampleOf(engine: Engine, once: () => Promise<void>): Promise<Sample> {
  await engine.finish();
  const before = engine.counts;
  let submitted: number | undefined;
  const stop = engine.on("submit", () => {
    submitted ??= performance.now();
  });
  const start = performance.now();
  await once();
  const end = performance.now();
  stop();
  return {
    ms: end - start,
    encodeMs: (submitted ?? end) - start,
    dispatches: engine.counts.dispatches - before.dispatches,
    submissions: engine.counts.submissions - before.submissions,
  };
}

function weightBytesOf(model: Model): number {
  return model.weightSlots().reduce((sum, { shape }) => sum + 4 * shape.reduce((size, extent) => size * extent, 1), 0);
}
