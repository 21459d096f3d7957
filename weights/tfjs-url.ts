import { concatBytes } from "../src/bytes.ts";
import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, bytesSource } from "./byte-source.ts";
import { type ShardResolver, shardPathParts } from "./shard-path.ts";

export interface ShardsBelowOptions {
  /** In place of the global `fetch`: for headers, caching, progress. */
  readonly fetch?: (url: string) => Promise<Response>;
}

/** Shards fetched from the folder of model.json's URL, or below it. What follows a `?` in that URL (a signature, a
 * token) is sent for the shards too.
 * @throws WeightsFormatError (the resolver) for paths that lead elsewhere, answers that are longer than the weights can
 *   be, and web pages in place of a shard; BacklightError when the server cannot be reached or refuses */
export function shardsBelow(modelJsonUrl: string | URL, options: ShardsBelowOptions = {}): ShardResolver {
  const base = new URL(modelJsonUrl);
  return async (path, mostBytes) => {
    const url = shardUrl(base, path);
    return await fetchShard(url, mostBytes, options.fetch ?? fetch);
  };
}

function shardUrl(base: URL, path: string): string {
  const parts = shardPathParts(path, base.href);
  const url = new URL(parts.map(encodeURIComponent).join("/"), base);
  url.search = base.search;
  const folder = new URL(".", base);
  if (url.origin === base.origin && url.protocol === base.protocol && url.pathname.startsWith(folder.pathname))
    return url.href;
  throw new WeightsFormatError(`${base.href} asks for the shard ${url.href}, which is not below its folder.`);
}

async function fetchShard(
  url: string,
  mostBytes: number,
  fetchUrl: (url: string) => Promise<Response>,
): Promise<ByteSource> {
  try {
    const response = await fetchUrl(url);
    if (!response.ok) throw new BacklightError(`${url}: the server answered ${response.status}.`);
    if (response.headers.get("content-type")?.startsWith("text/html"))
      throw new WeightsFormatError(`${url} is a web page, not a shard: is model.json at this address with its shards?`);
    return bytesSource(await readAtMost(response, mostBytes, url), url);
  } catch (cause) {
    if (cause instanceof BacklightError) throw cause;
    throw new BacklightError(`${url} cannot be fetched: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The body, unless it is longer than allowed: a server may send without end. */
async function readAtMost(response: Response, mostBytes: number, url: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    pieces.push(next.value);
    size += next.value.length;
    if (size <= mostBytes) continue;
    await reader?.cancel();
    throw new WeightsFormatError(`${url} is longer than the ${mostBytes} bytes that model.json says its weights take.`);
  }
  return concatBytes(pieces);
}
