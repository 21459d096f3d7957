import { BacklightError } from "../errors.ts";
import { conv2dFilterVjpKernel, conv2dInputVjpKernel, conv2dKernel } from "../kernels/convolution.ts";
import { type AnyKernel, shaderOf } from "../kernels/define.ts";
import { productKernel } from "../kernels/product.ts";
import { winogradKernels } from "../kernels/winograd.ts";
import { keyOf, uniform } from "../random.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { goWays, kernelOf, multipliesOf, type NotedPlace, placeKey, placesOf } from "./ops/conv-choice.ts";
import { passAlone } from "./ops/convolution.ts";

/** Which ways of computing convolutions `tune` found fastest on an adapter: JSON, to be kept and given to `useTuning`. */
export interface Tuning {
  readonly format: "backlight-tuning-1";
  readonly adapter: string;
  /** Hash of the kernels' source: what was measured with others says nothing. */
  readonly kernels: string;
  /** The fastest way, by pass and shape; "usual" where none is faster than what the engine takes by itself. */
  readonly ways: Readonly<Record<string, string>>;
}

/** One pass of a convolution of one shape, as it was measured. */
export interface TunedPlace {
  /** Kernel, extents and window, as in `Tuning.ways`. */
  readonly place: string;
  /** What the engine takes by itself, in milliseconds. */
  readonly usualMs: number;
  readonly bestMs: number;
  /** A variant, "product", "winograd-2", "winograd-4", or "usual": what the engine takes by itself. */
  readonly way: string;
}

export interface TuneOptions {
  /** Stops looking after so many milliseconds; what costs most is looked at first, and in any case. 30 seconds unless given. */
  readonly budgetMs?: number;
  /** Ways that are known already: their places are not measured again, and what is found is added to them. */
  readonly known?: Tuning | undefined;
  /** Known places are measured again; those that `body` does not come by stay. False unless given. */
  readonly again?: boolean;
  readonly onPlace?: (found: TunedPlace, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A way must be so much faster than the usual one to be taken: less is noise. */
const WORTHWHILE = 0.9;
/** A way that takes so many times as long as the best, the first time, is not measured again. */
const HOPELESS = 1.5;
/** A sample lasts at least so long. */
const SAMPLE_MS = 30;
/** And so many times as long as waiting for an idle queue does. */
const WAITS = 4;
/** Less is nothing that was measured. */
const SHORTEST_MS = 0.001;
const MAX_CALLS = 256;
const SAMPLES = 3;

const passKernels = [conv2dKernel, conv2dInputVjpKernel, conv2dFilterVjpKernel] as const;

/** Times every sensible way of the convolutions that `body` comes by, forward and backward, and lets the engine take the
 * fastest from then on. The same ways give the same bits; ways differ in rounding.
 * @param body computes what is to become faster: a forward pass, or a recorded one and its walk back. It only says which
 * shapes there are: nothing of it is computed
 * @throws the reason of `signal` */
export async function tune(engine: Engine, body: () => void, options: TuneOptions = {}): Promise<Tuning> {
  const { budgetMs = 30_000, known, again = false, onPlace, signal } = options;
  const ways = new Map(known && isOf(engine, known) ? Object.entries(known.ways) : []);
  const all = placesOf(engine, () => engine.runtime.compileAhead(() => engine.scope(body)));
  const places = all
    .filter((place) => again || !ways.has(placeKey(place, false)))
    .sort((a, b) => b.times * multipliesOf(b.shape) - a.times * multipliesOf(a.shape));
  // the usual way is what is taken untuned
  goWays(engine, []);
  const until = performance.now() + budgetMs;
  try {
    for (const [i, place] of places.entries()) {
      signal?.throwIfAborted();
      if (i > 0 && performance.now() > until) break;
      using trial = new Trial(engine, place);
      for (const found of await trial.race()) {
        ways.set(found.place, found.way);
        onPlace?.(found, i + 1, places.length);
      }
    }
  } finally {
    goWays(engine, ways);
  }
  const { adapter, kernels } = signatureOf(engine);
  return { format: "backlight-tuning-1", adapter, kernels, ways: Object.fromEntries(ways) };
}

/** Lets the engine go the ways that were found before.
 * @returns false, and nothing is changed, if they were found on another adapter or with other kernels
 * @throws BacklightError for what `tune` never returned */
export function useTuning(engine: Engine, tuning: Tuning): boolean {
  if (!isTuning(tuning))
    throw new BacklightError('this is no tuning: it must be what tune() returned ("format" tells)');
  if (!isOf(engine, tuning)) return false;
  goWays(engine, Object.entries(tuning.ways));
  return true;
}

function isTuning(value: unknown): value is Tuning {
  if (typeof value !== "object" || value === null) return false;
  const { format, ways } = value as Partial<Tuning>;
  if (format !== "backlight-tuning-1" || typeof ways !== "object" || ways === null) return false;
  return Object.values(ways).every((way) => typeof way === "string");
}

function isOf(engine: Engine, { adapter, kernels }: Tuning): boolean {
  const own = signatureOf(engine);
  return adapter === own.adapter && kernels === own.kernels;
}

/** Of the adapter, and of the source of every kernel that a convolution may take. */
function signatureOf({ adapter }: Engine): Pick<Tuning, "adapter" | "kernels"> {
  const others = [productKernel, ...Object.values(winogradKernels).flatMap((kernels) => Object.values(kernels))];
  const source = ([...passKernels, ...others] as unknown as AnyKernel[])
    .flatMap((kernel) => Object.keys(kernel.variants).map((variant) => shaderOf(kernel, variant)))
    .join();
  const hash = keyOf(source).map((part) => part.toString(16));
  return { adapter: [adapter.vendor, adapter.architecture, adapter.name].join(" / "), kernels: hash.join("") };
}

interface Timed {
  readonly way: string | undefined;
  readonly ms: number;
}

function bestOf(usual: Timed, others: readonly Timed[]): Omit<TunedPlace, "place"> {
  const best = others.reduce((least, one) => (one.ms < least.ms ? one : least), usual);
  if (best.way === undefined || best.ms > WORTHWHILE * usual.ms)
    return { usualMs: usual.ms, bestMs: usual.ms, way: "usual" };
  return { usualMs: usual.ms, bestMs: best.ms, way: best.way };
}

/** Whether a dispatch is that way's own: a way that does not fit comes to the dispatches of another. */
function isOfWay(dispatch: string, way: string): boolean {
  return dispatch.endsWith(`/${way}`) || dispatch.startsWith(`${way}/`) || dispatch.startsWith(`${way}-`);
}

/** Tensors of the shapes of one place, and the ways raced over them. */
class Trial {
  readonly #engine: Engine;
  readonly #place: NotedPlace;
  readonly #tensors: Readonly<Record<"x" | "w" | "dy", Tensor>>;

  constructor(engine: Engine, place: NotedPlace) {
    this.#engine = engine;
    this.#place = place;
    const { N, H, W, C, OC, window, groups } = place.shape;
    const { KH, KW, OH, OW } = window;
    const random = (name: string, shape: readonly number[]) =>
      engine.tensor(
        uniform(
          name,
          shape.reduce((product, extent) => product * extent, 1),
        ),
        shape,
      );
    this.#tensors = {
      x: random("x", [N, H, W, C]),
      w: random("w", [KH, KW, C / groups, OC]),
      dy: random("dy", [N, OH, OW, OC]),
    };
  }

  /** Times all ways.
   * @returns the fastest of all, and of those that compute as defined */
  async race(): Promise<TunedPlace[]> {
    const { pass } = this.#place;
    const variants = Object.keys(passKernels.find(({ name }) => name === kernelOf[pass])?.variants ?? {});
    const defined = ["product", ...variants.filter((variant) => variant !== "naive")];
    const times = new Map<string, number>();
    const timed = async (way: string | undefined, exact = false): Promise<Timed> => {
      const dispatches = await this.#dispatches(way, exact);
      if (way !== undefined && !dispatches.some((name) => isOfWay(name, way)))
        return { way, ms: Number.POSITIVE_INFINITY };
      const key = dispatches.join();
      const ms = times.get(key) ?? (await this.#msOf(way, exact, HOPELESS * Math.min(...times.values())));
      times.set(key, ms);
      return { way, ms };
    };
    const usual = { exact: await timed(undefined, true), fast: await timed(undefined) };
    const asDefined: Timed[] = [];
    for (const way of defined) asDefined.push(await timed(way));
    const byTiles = [await timed("winograd-4"), await timed("winograd-2")];
    return [
      { place: placeKey(this.#place, true), ...bestOf(usual.exact, asDefined) },
      { place: placeKey(this.#place, false), ...bestOf(usual.fast, [...byTiles, ...asDefined]) },
    ];
  }

  /** Kernels and variants that a way comes to. Compiles them. */
  async #dispatches(way: string | undefined, exact: boolean): Promise<string[]> {
    const names: string[] = [];
    const stop = this.#engine.on("dispatch", ({ kernel, variant }) => names.push(`${kernel}/${variant}`));
    try {
      this.#run(way, exact);
    } finally {
      stop();
    }
    await this.#engine.finish();
    return names;
  }

  /** Milliseconds of one call; of the first only, if that takes longer than `most`. */
  async #msOf(way: string | undefined, exact: boolean, most: number): Promise<number> {
    const sample = async (calls: number) => {
      const start = performance.now();
      for (let i = 0; i < calls; i++) this.#run(way, exact);
      await this.#engine.finish();
      return performance.now() - start;
    };
    // waiting for the queue takes a while of its own: 11 ms in Deno
    const waitMs = Math.min(await sample(0), await sample(0));
    const firstMs = Math.max((await sample(1)) - waitMs, SHORTEST_MS);
    if (firstMs > most + waitMs) return firstMs;
    const sampleMs = Math.max(SAMPLE_MS, WAITS * waitMs);
    const calls = Math.min(MAX_CALLS, Math.ceil(sampleMs / firstMs));
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) times.push(((await sample(calls)) - waitMs) / calls);
    return Math.max(Math.min(...times), SHORTEST_MS);
  }

  #run(way: string | undefined, exact: boolean): void {
    const engine = this.#engine;
    const kernel = kernelOf[this.#place.pass];
    const { recorder } = engine;
    const pinned = engine.variants.get(kernel);
    if (way !== undefined) engine.variants.set(kernel, way);
    engine.recorder = { label: "tune", exact, record: () => {} };
    try {
      engine.scope(() => void passAlone(this.#place, this.#tensors));
    } finally {
      engine.recorder = recorder;
      engine.variants.delete(kernel);
      if (pinned !== undefined) engine.variants.set(kernel, pinned);
    }
  }

  [Symbol.dispose](): void {
    for (const tensor of Object.values(this.#tensors)) tensor.dispose();
  }
}
