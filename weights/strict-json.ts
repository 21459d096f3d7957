import { WeightsFormatError } from "../src/errors.ts";

/** JSON.parse that refuses an object with a key given twice: of the two, other readers may believe the other.
 * @throws WeightsFormatError */
export function parseStrictJson(text: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WeightsFormatError(`${what} is not JSON: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw new WeightsFormatError(`${what} gives the key ${repeated} twice.`);
  return value;
}

/** Scans text that is known to be valid JSON; a string followed by a colon is a key of the innermost object. */
function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === "{") objects.push(new Set());
    else if (token === "}") objects.pop();
    else if (colon !== undefined) {
      // Parsed, because "a" and "\u0061" are one key.
      const key = String(JSON.parse(token.slice(0, -colon.length)));
      const keys = objects.at(-1);
      if (keys?.has(key)) return JSON.stringify(key);
      keys?.add(key);
    }
  }
  return undefined;
}
