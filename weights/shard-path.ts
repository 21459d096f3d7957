import { WeightsFormatError } from "../src/errors.ts";
import { showJson } from "../src/nn/untrusted.ts";
import type { ByteSource } from "./byte-source.ts";

/** Opens a shard by the path that model.json gives it.
 * @param path      as model.json has it, already found to stay below model.json's folder
 * @param mostBytes the shard cannot be longer and right; what fetches it need not take more than one byte beyond */
export type ShardResolver = (path: string, mostBytes: number) => Promise<ByteSource>;

const longestPath = 1024;
/** Characters that mean something to a file system or in a URL; no tool writes them into a shard's name. */
const special = /[\\:?#%*"<>|]/;

/** The parts of a shard's path, which may only lead downwards from the folder of model.json.
 * @throws WeightsFormatError for an absolute path, `..`, a URL, a character with a meaning of its own */
export function shardPathParts(path: unknown, file: string): string[] {
  const fail = (why: string): never => {
    throw new WeightsFormatError(
      `${file} asks for the shard ${showJson(path)}, which ${why}. Shards are only read from the folder of model.json.`,
    );
  };
  if (typeof path !== "string" || path === "" || path.length > longestPath) return fail("is no file name");
  if (special.test(path) || [...path].some((character) => character < " "))
    return fail("is no plain file name: it has a character with a special meaning");
  if (path.startsWith("/")) return fail("is an absolute path");
  // TensorFlow.js itself writes "./model.weights.bin".
  const parts = path.split("/").filter((part) => part !== ".");
  if (parts.includes("..")) return fail('leads out of the folder ("..")');
  if (parts.length === 0 || parts.includes("")) return fail("is no plain path");
  return parts;
}
