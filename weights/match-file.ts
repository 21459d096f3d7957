import { type MatchedWeight, matchWeights, type WeightSlot } from "./assign.ts";
import { matchWeightsByClass } from "./assign-by-class.ts";
import type { ModelFile } from "./model-file.ts";
import { matchExactly } from "./safetensors-file.ts";

/** The model that a file's weights are for. */
export interface Wanting {
  readonly slots: readonly WeightSlot[];
  /** Its Keras config. */
  readonly config: unknown;
  /** Other names of its layers. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Pairs every weight of a model with one of a file, in the way that suits the file's kind.
 * @throws WeightsFormatError listing all that is missing, left over or of another shape */
export function matchFile(file: ModelFile, { slots, config, aliases }: Wanting): MatchedWeight[] {
  if (file.naming === "class") return matchWeightsByClass(slots, file, config);
  if (file.format === "safetensors") return matchExactly(slots, file);
  return matchWeights(slots, file, { aliases });
}
