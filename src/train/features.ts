import type { Layer } from "../nn/graph.ts";
import type { Model } from "../nn/model.ts";
import { batchCount, batches } from "./data/batches.ts";
import { checkIndex, type Dataset, namesOf, type Sample } from "./data/dataset.ts";
import { ancestors } from "./graft.ts";

/** The last layer of which training changes nothing up to there and which is all that the rest needs: its outputs are the
 * same in every epoch, as long as the pictures are.
 * @param frozen names of layers, as for `Trainer`
 * @returns      undefined where nothing with weights is frozen before the first layer that is trained */
export function featurePlace(model: Model, frozen: ReadonlySet<string>): string | undefined {
  const isSteady = (name: string) => frozen.has(name) || !actsInTraining(model.layer(name));
  const hasWeights = (name: string) => model.layer(name).weights.length > 0;
  return model.narrowPlaces().findLast((place) => {
    const before = [...ancestors(model, model.layer(place))];
    return before.every(isSteady) && before.some(hasWeights);
  });
}

/** Its weights may change, or it draws random numbers. */
function actsInTraining({ weights, className }: Layer): boolean {
  return weights.length > 0 || /Dropout|Noise|^Random/.test(className);
}

/** How a network's features are computed. */
export interface FeatureOptions {
  /** The layer whose outputs they are, as `featurePlace` finds it. */
  readonly upTo: string;
  /** Pictures in one pass; 32 unless given. */
  readonly batchSize?: number;
  /** Called after every pass. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Once aborted, no further pass is begun. */
  readonly signal?: AbortSignal;
}

/** Runs every example once through the first part of a network and keeps what comes out, in memory: four bytes for each of
 * the layer's outputs and each example, see `featureBytes`. Train on it with `Trainer`'s `from`.
 * @returns examples with the same labels in the same order; undefined where the signal ended it
 * @throws  as `batches` and `Model.forward` do */
export async function featureDataset(
  model: Model,
  data: Dataset,
  { upTo, batchSize = 32, onProgress, signal }: FeatureOptions,
): Promise<Dataset | undefined> {
  const samples: Sample[] = [];
  let inputShape: readonly number[] = [];
  const total = batchCount(data, { size: batchSize });
  for await (const batch of batches(data, { size: batchSize })) {
    if (signal?.aborted) return undefined;
    using x = model.engine.tensor(batch.x, batch.shape);
    using y = model.forward(x, { upTo });
    inputShape = y.shape.slice(1);
    const values = Float32Array.from(await y.read());
    const { length } = batch.indices;
    for (const row of batch.indices.keys()) {
      const ends = [row, row + 1].map((at) => (at * values.length) / length);
      samples.push({ x: values.subarray(...ends), y: targetOf(batch.y, { row, rows: length }) });
    }
    onProgress?.(Math.ceil(samples.length / batchSize), total);
  }
  return {
    length: samples.length,
    inputShape,
    ...namesOf(data.classNames),
    ...(data.labels ? { labels: data.labels } : {}),
    get(index) {
      checkIndex(index, samples);
      return samples[index] as Sample;
    },
  };
}

function targetOf(y: Int32Array | Float32Array, { row, rows }: { row: number; rows: number }): Sample["y"] {
  const width = y.length / rows;
  return y instanceof Int32Array ? (y[row] ?? 0) : y.slice(row * width, (row + 1) * width);
}

/** What the features of so many examples take in memory, in bytes; undefined where the layer's extents are open. */
export function featureBytes(model: Model, upTo: string, examples: number): number | undefined {
  let count = 4 * examples;
  for (const extent of model.layer(upTo).outputShape.slice(1)) {
    if (extent === null) return undefined;
    count *= extent;
  }
  return count;
}
