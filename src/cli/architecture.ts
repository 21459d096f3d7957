import { modernise } from "../../weights/keras1-weights.ts";
import { backendOf, isTheano, type ModelParts } from "../../weights/model-parts.ts";
import { parseModelConfig } from "../nn/config.ts";
import { buildGraph } from "../nn/graph.ts";
import { countParams, type ParameterCounts, type SummaryRow, summarize, summaryRows } from "../nn/summary.ts";

export interface ArchitectureSummary {
  readonly name: string;
  readonly parameters: ParameterCounts;
  readonly layers: readonly SummaryRow[];
  /** What had to be assumed about the file, in sentences. */
  readonly notes: readonly string[];
  /** The table that Keras prints. */
  readonly text: string;
}

/** What `Model.summary` says, of an architecture alone: a Model would need a GPU.
 * @param parts Keras' config, parsed, and the file with the weights, if there is one
 * @throws WeightsFormatError, UnsupportedLayerError, ShapeError as Model.fromConfig */
export function summarizeArchitecture(
  { config, file }: Pick<ModelParts, "config"> & Partial<ModelParts>,
  options: { readonly theano?: boolean } = {},
): ArchitectureSummary {
  const theano = isTheano({ config, file }, options);
  const parsed = parseModelConfig(config, { theano });
  const { layers } = buildGraph(parsed);
  const ofWeights = file ? modernise(file, layers, { ...options, backend: backendOf(config) }).notes : [];
  const { name } = parsed;
  const notes = [...parsed.notes, ...ofWeights];
  const text = summarize({ name, layers, notes });
  return { name, parameters: countParams(layers), layers: summaryRows(layers), notes, text };
}
