import { WeightsFormatError } from "../src/errors.ts";
import { blobSource } from "./blob-source.ts";
import { type ShardResolver, shardPathParts } from "./shard-path.ts";

/** Shards among files that were chosen (or dropped) together with model.json, found by name.
 * @throws WeightsFormatError (the resolver) when none or several of the files have the name */
export function shardsAmong(files: Iterable<File>): ShardResolver {
  const chosen = [...files];
  return async (path) => {
    const name = shardPathParts(path, "model.json").at(-1);
    const [file, second] = chosen.filter((candidate) => candidate.name === name);
    if (second) throw new WeightsFormatError(`two of the chosen files are named "${name}".`);
    if (file) return await blobSource(file);
    throw new WeightsFormatError(
      `model.json keeps its weights in "${name}", which is not among the chosen files ` +
        `(${chosen
          .map((candidate) => candidate.name)
          .slice(0, 8)
          .join(", ")}). ` +
        "Choose model.json and all of its .bin files together.",
    );
  };
}
