import { examine, type Verdict } from "./examine.ts";
import { type Format, type FormatName, formats } from "./formats.ts";

/** What reads a fixture: architecture texts and model.json are told by name, everything else by its content. */
function formatNameOf(path: string): FormatName {
  const file = path.slice(path.lastIndexOf("/") + 1);
  if (file.startsWith("tfjs-")) return "tfjs";
  return file.endsWith(".json") ? "json" : "h5";
}

/** Every shard of a model that is refused for other reasons. */
const anyShard = new Uint8Array(16);

/** Reads one file to its end, as `examine` does. */
export async function examineFile(path: string, bytes: Uint8Array): Promise<Verdict> {
  const format = formats.find(({ name }) => name === formatNameOf(path)) as Format;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return await examine(
    format,
    new Map([
      [name, bytes],
      ["g.bin", anyShard],
    ]),
  );
}
