import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { fileSource } from "./file-source.ts";
import { hostModule } from "./host-modules.ts";
import type { ModelFile } from "./model-file.ts";
import { type ShardResolver, shardPathParts } from "./shard-path.ts";
import { openTfjs } from "./tfjs.ts";

/** Opens a TensorFlow.js layers model on disk: its model.json and the shards beside it.
 * @throws WeightsFormatError as `openTfjs` and `shardsBeside` */
export async function openTfjsFolder(modelJsonPath: string): Promise<ModelFile> {
  return await openTfjs(fileSource(modelJsonPath), shardsBeside(modelJsonPath));
}

/** Shards that lie in the folder of model.json itself.
 * @throws WeightsFormatError (the resolver) for a path into another folder, a link out of the folder, and what is no
 *   plain file */
export function shardsBeside(modelJsonPath: string): ShardResolver {
  const folder = hostModule("node:path", modelJsonPath).dirname(modelJsonPath);
  return async (path) => openShard(folder, path, modelJsonPath);
}

function openShard(folder: string, path: string, modelJsonPath: string): ByteSource {
  const [name, ...deeper] = shardPathParts(path, modelJsonPath);
  if (name === undefined || deeper.length > 0)
    throw new WeightsFormatError(
      `${modelJsonPath} asks for the shard "${path}", which is in another folder; shards are read beside model.json only.`,
    );
  const { lstatSync, realpathSync } = hostModule("node:fs", modelJsonPath);
  const { dirname, join } = hostModule("node:path", modelJsonPath);
  const real = realPath(join(folder, name), modelJsonPath);
  if (dirname(real) !== realpathSync(folder))
    throw new WeightsFormatError(`${join(folder, name)} is a link out of its folder, which is not followed.`);
  // Opening a pipe would wait for somebody to write into it.
  if (!lstatSync(real).isFile()) throw new WeightsFormatError(`${join(folder, name)} is no plain file.`);
  return fileSource(real);
}

function realPath(path: string, modelJsonPath: string): string {
  try {
    return hostModule("node:fs", path).realpathSync(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const why = code === "ENOENT" ? "is not there" : `cannot be opened (${String(code)})`;
    throw new WeightsFormatError(
      `${path} ${why}; ${modelJsonPath} keeps its weights in it. Put all shards beside model.json.`,
      { cause },
    );
  }
}
