import {
  backwardRules,
  type Engine,
  type RuleName,
  rowStatistics,
  type TapeNode,
  type Target,
  type Tensor,
} from "../../../src/index.ts";
import { type Facts, factsOf } from "../../parts/facts.tsx";
import { type Explained, engineOf } from "../../store/session.ts";
import { floats, lastFeed } from "../../store/tape.ts";
import type { Stop } from "./stops.ts";

/** A kernel that a stop's computing dispatched. */
export interface Dispatched {
  readonly kernel: string;
  readonly variant: string;
  /** How often. */
  readonly times: number;
  /** On the GPU, all of them; left out where the device has no timestamps. */
  readonly elapsedMs?: number;
}

/** A tensor as it was read. */
export interface Read {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** What there is to see at a stop. */
export interface Seen {
  readonly stop: Stop;
  /** The activation, or, on the way back, the cotangent dy. */
  readonly here: Read;
  readonly facts: Facts;
  /** On the way back: what the step makes of it, for the latest of the operation's inputs. */
  readonly next?: Read & { readonly to: TapeNode | undefined };
  readonly kernels: readonly Dispatched[];
}

/** The activation at a stop, and the kernels that compute it. */
export async function forwardAt(one: Explained, stop: Stop): Promise<Seen> {
  const { run } = one;
  const { node } = stop;
  const tensor = node?.output ?? run.input;
  const feed = node && lastFeed(run, node);
  const [here, kernels] = await Promise.all([
    readOf(one, tensor),
    // once more, from its input, which is all that lies between
    node && feed ? dispatchedBy(engineOf(one), () => run.tape.replay(node.output, feed, feed).dispose()) : [],
  ]);
  return { stop, here: here.read, facts: here.facts, kernels };
}

/** What is walked back, and by which rule. */
export interface Question {
  readonly target: Target;
  readonly rule: RuleName;
}

/** The cotangent at a stop, by a walk that ends there, and the step through the operation. */
export async function backwardAt(one: Explained, stop: Stop, { target, rule }: Question): Promise<Seen> {
  const { run } = one;
  const { node } = stop;
  const rules = backwardRules[rule];
  const made: Tensor[] = [];
  const walk = (y: Tensor, seed: Tensor, wrt: Tensor) => {
    const gradients = run.tape.backward(y, { seed, wrt: [wrt], rules });
    made.push(...gradients);
    return gradients[0] ?? seed;
  };
  try {
    const [asked] = run.recording.ask([target]);
    if (!asked) throw new Error(`${target.name}: nothing to walk back from`);
    made.push(asked.seed);
    const dy = walk(asked.y, asked.seed, node?.output ?? run.input);
    const feed = node && lastFeed(run, node);
    let dx: Tensor | undefined;
    const step = () => {
      if (node && feed) dx = walk(node.output, dy, feed);
    };
    const kernels = await dispatchedBy(engineOf(one), step);
    const [here, next] = await Promise.all([readOf(one, dy), dx && readOf(one, dx)]);
    const to = feed && run.tape.producerOf(feed);
    return { stop, here: here.read, facts: here.facts, kernels, ...(next ? { next: { ...next.read, to } } : {}) };
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

/** A tensor and how it spreads. What is asked for in one turn comes with one read-back. */
async function readOf(one: Explained, tensor: Tensor): Promise<{ read: Read; facts: Facts }> {
  const { recording } = one.run;
  const [facts, values] = await Promise.all([
    recording.encode(() => ({
      tensors: [rowStatistics(tensor)],
      finish: ([slices]) => factsOf(slices, tensor.size),
    })),
    recording.read([tensor], ([data]) => floats(data)),
  ]);
  return { read: { values, shape: tensor.shape }, facts };
}

/** The kernels that `body` encodes, in order, with their time where the device can tell. */
async function dispatchedBy(engine: Engine, body: () => void): Promise<Dispatched[]> {
  const seen: { kernel: string; variant: string }[] = [];
  const entries = await engine.profile(() => {
    const stop = engine.on("dispatch", ({ kernel, variant }) => seen.push({ kernel, variant }));
    try {
      body();
    } finally {
      stop();
    }
  });
  const all = new Map<string, Dispatched>();
  for (const [i, { kernel, variant }] of seen.entries()) {
    const name = `${kernel}/${variant}`;
    const { times = 0, elapsedMs = 0 } = all.get(name) ?? {};
    const ns = entries?.[i]?.elapsedNs;
    const time = ns === undefined ? {} : { elapsedMs: elapsedMs + ns / 1e6 };
    all.set(name, { kernel, variant, times: times + 1, ...time });
  }
  return [...all.values()];
}
