// What wrappers have in common: a method as a function of a run, and runs of other versions of the same picture.
import { ShapeError } from "../../errors.ts";
import { Run } from "../explain.ts";
import { HeatMap } from "../heat-map.ts";
import { PixelMap } from "../pixel-map.ts";
import { Recording } from "../recording.ts";
import { classLogit, type Target } from "../targets.ts";

/** Any method with its options, as a function of a run of one picture: `(run) => run.gradCam({ layer })`. */
export type Method<M extends HeatMap | PixelMap> = (run: Run) => Promise<M>;

/** How a wrapper that takes many passes tells of them. */
export interface WrapperOptions {
  /** Called after each pass. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the work before the next pass; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A version of a picture: how it is made of the picture's values, [h, w, c], and how what is found there is brought back. */
export interface Version<M> {
  readonly make: (x: Float32Array) => Float32Array;
  readonly back?: (map: M) => M;
}

/** A method's results for several versions of a run's picture. Where the method names no target, it explains everywhere
 * the class that is the most likely one of the picture itself.
 * @throws what the method throws, and the signal's reason */
export async function onVersions<M extends HeatMap | PixelMap>(
  run: Run,
  method: Method<M>,
  { versions, onProgress, signal }: WrapperOptions & { readonly versions: readonly Version<M>[] },
): Promise<M[]> {
  const { model, input } = run;
  const x = await run.recording.read([input], ([data]) => Float32Array.from(data ?? []));
  const target = await likeliest(run);
  const maps: M[] = [];
  for (const { make, back = (map: M) => map } of versions) {
    signal?.throwIfAborted();
    using version = model.engine.tensor(make(x), input.shape);
    using other = new Run({ recording: Recording.of(model, version), many: false, target });
    maps.push(back(await method(other)));
    onProgress?.(maps.length, versions.length);
  }
  return maps;
}

/** The logit of the most likely class; nothing where the network's output is not classes. */
async function likeliest(run: Run): Promise<Target | undefined> {
  const { logits } = run.outputs;
  if (!logits.shape.slice(1, -1).every((extent) => extent === 1)) return undefined;
  const [first] = await run.predictions(1);
  return first && classLogit(first.index);
}

/** What a wrapper says in a result's provenance. */
export interface WrapperFacts {
  /** Put before the method's name: "smoothed". */
  readonly wrapper: string;
  readonly options: Readonly<Record<string, number | string | boolean>>;
}

/** The mean of results of one method, value by value, at the resolution that they have.
 * @param maps of one kind and size
 * @throws ShapeError without maps */
export function meanOf<M extends HeatMap | PixelMap>(maps: readonly M[], { wrapper, options }: WrapperFacts): M {
  const [first] = maps;
  if (!first) throw new ShapeError(`${wrapper}: there is no version of the picture to take a mean over`);
  const data = meanValues(maps.map((map) => (map instanceof HeatMap ? map.raw.data : map.values)));
  const { provenance } = first;
  const facts = {
    ...provenance,
    method: `${wrapper}-${provenance.method}`,
    options: { ...provenance.options, ...options },
  };
  const mean =
    first instanceof HeatMap
      ? new HeatMap({ ...first.raw, data }, { input: first.input, notes: first.notes, provenance: facts })
      : new PixelMap(data, { ...(first as PixelMap), provenance: facts });
  return mean as M;
}

/** @param lists of one length, at least one */
export function meanValues(lists: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(lists[0]?.length ?? 0);
  for (const values of lists) for (const [i, value] of values.entries()) sums[i] = (sums[i] ?? 0) + value;
  return Float32Array.from(sums, (value) => value / lists.length);
}
