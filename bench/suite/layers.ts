// Where the time of a network goes: GPU time by node of the tape, against what the node has to compute.
import { type Engine, type Model, type ProfileEntry, Tape, type TapeNode } from "../../src/index.ts";
import type { Ceilings, LayerRow } from "./document.ts";
import type { PhaseName } from "./options.ts";
import { inputOf, type Phase } from "./subject.ts";
import { ratesOf } from "./timing.ts";

/** A dispatch as the profiler saw it, and on which way. */
export interface TimedDispatch extends ProfileEntry {
  readonly pass: LayerRow["pass"];
}

/** Runs a phase once with every dispatch timed; undefined where the device has no timestamps.
 * A forward pass is recorded for it, since dispatches get their layers' names from a tape. */
export async function profilePhase(
  model: Model,
  { phase, once, batch }: { phase: PhaseName; once: Phase["once"]; batch: number },
): Promise<TimedDispatch[] | undefined> {
  const { engine } = model;
  if (!engine.runtime.startProfile()) return undefined;
  const first = engine.counts.dispatches;
  const watch = watchBackward(engine);
  let entries: readonly ProfileEntry[] = [];
  try {
    if (phase === "forward") recordedPass(model, batch, () => undefined);
    else await once();
  } finally {
    watch.stop();
    entries = await engine.runtime.stopProfile();
  }
  const turned = watch.dispatches() - first;
  return entries.map((entry, i) => ({ ...entry, pass: i < turned ? "forward" : "backward" }));
}

/** How many dispatches there were when the first walk back began. */
function watchBackward(engine: Engine): { dispatches: () => number; stop: () => void } {
  const { backward } = Tape.prototype;
  let found: number | undefined;
  Tape.prototype.backward = function (...args) {
    found ??= engine.counts.dispatches;
    return backward.apply(this, args);
  };
  return {
    dispatches: () => found ?? Number.POSITIVE_INFINITY,
    stop: () => {
      Tape.prototype.backward = backward;
    },
  };
}

function recordedPass<T>(model: Model, batch: number, look: (tape: Tape) => T): T {
  using x = inputOf(model, batch);
  // as fast as a pass without a tape
  using tape = new Tape(model.engine, { fast: true });
  model.forward(x, { tape });
  return look(tape);
}

/** What a node has to compute and to move at least. */
interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** Work by label and pass; that of a walk back is counted as if it read and wrote what the forward pass did.
 * @param weights whether the walk back asks for the weights' gradients too */
export function layerWork(model: Model, batch: number, { weights }: { weights: boolean }): Map<string, Work> {
  return recordedPass(model, batch, (tape) => {
    const work = new Map<string, Work>();
    const note = (key: string, { flops, bytes }: Work, times: number) => {
      const known = work.get(key) ?? { flops: 0, bytes: 0 };
      work.set(key, { flops: known.flops + times * flops, bytes: known.bytes + times * bytes });
    };
    for (const node of tape.nodes) {
      const one = workOf(node);
      const { x, w } = node.inputs;
      const first = !(x && tape.producerOf(x));
      note(`${node.label}/forward`, one, 1);
      note(`${node.label}/backward`, one, weights && w && !first ? 2 : 1);
    }
    return work;
  });
}

/** Multiplications and additions of the forward pass: of sums of products by their length, else one to an element. */
function workOf({ op, inputs, output }: TapeNode): Work {
  const elements = Object.values(inputs).reduce((sum, tensor) => sum + (tensor?.size ?? 0), output.size);
  const { x, w } = inputs;
  const sums: Readonly<Record<string, number>> = {
    conv2d: (w?.size ?? 0) / (w?.shape.at(-1) ?? 1),
    depthwise_conv2d: (w?.shape[0] ?? 0) * (w?.shape[1] ?? 0),
    dense: w?.shape[0] ?? 0,
  };
  const length = sums[op.name];
  const largest = Math.max(x?.size ?? 0, output.size);
  return { flops: length === undefined ? largest : 2 * output.size * length, bytes: 4 * elements };
}

/** Dispatches added up by label and pass, in the order in which they first came. */
export function layerRows(
  dispatches: readonly TimedDispatch[],
  work: ReadonlyMap<string, Work>,
  ceilings: Pick<Ceilings, "productGflops" | "copyGBps">,
): LayerRow[] {
  const groups = new Map<string, TimedDispatch[]>();
  for (const dispatch of dispatches) {
    const key = `${dispatch.label}/${dispatch.pass}`;
    groups.set(key, [...(groups.get(key) ?? []), dispatch]);
  }
  return [...groups].map(([key, members]) => {
    const ms = members.reduce((sum, { elapsedNs }) => sum + elapsedNs, 0) / 1e6;
    const [{ label, pass } = { label: "", pass: "forward" as const }] = members;
    const kernels = [...new Set(members.map(({ kernel, variant }) => `${kernel}/${variant}`))];
    return { label, pass, kernels, ms, ...ratesOf({ ...(work.get(key) ?? { flops: 0, bytes: 0 }), ms }, ceilings) };
  });
}
