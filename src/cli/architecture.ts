import { parseModelConfig } from "../nn/config.ts";
import { buildGraph } from "../nn/graph.ts";
import { type ParameterCounts, type SummaryRow, summarize, summaryRows } from "../nn/summary.ts";
import { sizeOf } from "../tensor/shape.ts";

export interface ArchitectureSummary {
  readonly name: string;
  readonly parameters: ParameterCounts;
  readonly layers: readonly SummaryRow[];
  /** The table that Keras prints. */
  readonly text: string;
}

/** What `Model.summary` says, of an architecture alone: a Model would need a GPU.
 * @param config Keras' model JSON, parsed or as text
 * @throws WeightsFormatError, UnsupportedLayerError, ShapeError as Model.fromConfig */
export function summarizeArchitecture(config: unknown): ArchitectureSummary {
  const parsed = parseModelConfig(config);
  const { layers } = buildGraph(parsed);
  const parameters = { total: 0, trainable: 0, nonTrainable: 0 };
  for (const { shape, trainable } of layers.flatMap((layer) => layer.weights)) {
    parameters.total += sizeOf(shape);
    parameters[trainable ? "trainable" : "nonTrainable"] += sizeOf(shape);
  }
  const { name } = parsed;
  return {
    name,
    parameters,
    layers: summaryRows(layers),
    text: summarize({ name, layers, countParams: () => parameters }),
  };
}
