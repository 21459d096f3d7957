import { MetricStream, type MetricSummary } from "../explain/faithfulness/metric-stream.ts";
import { classLogit, type HeatMap, NotDefinedError, type PixelMap, type Run, type Target } from "../index.ts";
import { explainTarget, type Skipped } from "./explanation.ts";
import { type MethodName, methodTitle } from "./methods.ts";
import type { MetricName } from "./metric-names.ts";
import { metricFacts } from "./metrics.ts";

/** What is measured on every picture. */
export interface EvaluationChoice {
  readonly methods: readonly MethodName[];
  readonly lenient: boolean;
  readonly metrics: readonly MetricName[];
  readonly layer?: string | undefined;
  readonly steps?: number | undefined;
  readonly samples?: number | undefined;
  readonly batch?: number | undefined;
}

/** Results by method and metric. */
export type Results<T> = Readonly<Partial<Record<MethodName, Readonly<Partial<Record<MetricName, T>>>>>>;

export interface Evaluated {
  readonly results: Results<object>;
  readonly skipped: readonly Skipped[];
}

/** Measures the maps of one class of one picture.
 * @param progress called with what is being measured
 * @throws NotDefinedError for a method that the model does not have, unless lenient */
export async function evaluateRun(
  run: Run,
  choice: EvaluationChoice & { readonly index: number },
  progress: (what: string, done: number, total: number) => void,
): Promise<Evaluated> {
  const { index, steps, samples, batch, metrics } = choice;
  const results: Partial<Record<MethodName, Partial<Record<MetricName, object>>>> = {};
  const skipped: Skipped[] = [];
  for (const name of choice.methods) {
    const target = classLogit(index);
    const made = await mapBy(run, { name, choice, target });
    if (!("map" in made)) {
      skipped.push(made.skipped);
      continue;
    }
    const method = async (other: Run, options: { readonly target: Target }) => {
      const again = await mapBy(other, { name, choice, target: options.target });
      if (!("map" in again)) throw new NotDefinedError(again.skipped.why);
      return again.map;
    };
    const own: Partial<Record<MetricName, object>> = {};
    for (const metric of metrics) {
      const { title, measure } = metricFacts(metric);
      const onProgress = (done: number, total: number) => progress(`${title} of ${methodTitle(name)}`, done, total);
      own[metric] = await measure({ run, map: made.map, method, index, steps, samples, batch, onProgress });
    }
    results[name] = own;
  }
  return { results, skipped };
}

async function mapBy(
  run: Run,
  { name, choice, target }: { name: MethodName; choice: EvaluationChoice; target: Target },
): Promise<{ readonly map: HeatMap | PixelMap } | { readonly skipped: Skipped }> {
  const { layer, lenient } = choice;
  const { results, skipped } = await explainTarget(run, { methods: [name], lenient, layer, target });
  const [result] = results;
  if (result && "map" in result) return { map: result.map };
  return { skipped: skipped[0] ?? { method: name, why: "it gives no single map" } };
}

/** Means over pictures, collected as they are measured. */
export class Evaluation {
  readonly #streams = new Map<string, MetricStream<[], object>>();

  add(results: Results<object>): void {
    for (const [method, own] of Object.entries(results))
      for (const [metric, result] of Object.entries(own)) {
        const key = `${method} ${metric}`;
        const stream = this.#streams.get(key) ?? new MetricStream<[], object>(async () => result);
        this.#streams.set(key, stream);
        stream.add(result);
      }
  }

  /** Undefined where nothing was measured. */
  summary(method: MethodName, metric: MetricName): MetricSummary<object> | undefined {
    return this.#streams.get(`${method} ${metric}`)?.summary();
  }
}
