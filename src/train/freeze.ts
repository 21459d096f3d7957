import { UnknownNameError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import { listed } from "../nn/names.ts";

/** The names of the layers that patterns choose, in the model's order: `Trainer`'s `frozen`. A pattern is
 * - `all`, or `none`;
 * - `until:NAME`: all layers before that one, in the order of `Model.summary`;
 * - `FIRST..LAST`: those two and all between them;
 * - a name, in which `*` stands for any letters: `block1_*`;
 * - a regular expression between slashes: `/_bn$/`.
 *
 * What any of them chooses is chosen.
 * @throws UnknownNameError with the nearest name for a layer that is not there, and for what no layer fits */
export function chooseLayers(model: Model, patterns: readonly string[]): string[] {
  const chosen = new Set(patterns.flatMap((pattern) => layersOf(model, pattern)));
  return model.layers.map(({ name }) => name).filter((name) => chosen.has(name));
}

function layersOf(model: Model, pattern: string): readonly string[] {
  const names = model.layers.map(({ name }) => name);
  const placeOf = (name: string) => names.indexOf(model.layer(name).name);
  if (pattern === "all") return names;
  if (pattern === "none") return [];
  if (pattern.startsWith("until:")) return names.slice(0, placeOf(pattern.slice("until:".length)));
  const [, first, last] = /^(.+)\.\.(.+)$/.exec(pattern) ?? [];
  if (first !== undefined && last !== undefined && !pattern.startsWith("/"))
    return between(names, { pattern, first: placeOf(first), last: placeOf(last) });
  const expression = expressionOf(pattern);
  if (!expression) return [model.layer(pattern).name];
  const found = names.filter((name) => expression.test(name));
  if (found.length > 0) return found;
  throw new UnknownNameError(`model "${model.name}" has no layer that fits ${pattern}; layers: ${listed(names)}.`);
}

function between(
  names: readonly string[],
  { pattern, first, last }: { readonly pattern: string; readonly first: number; readonly last: number },
): readonly string[] {
  if (first <= last) return names.slice(first, last + 1);
  throw new UnknownNameError(
    `${pattern}: "${names[first]}" comes after "${names[last]}". Write the earlier one first.`,
  );
}

/** @returns undefined for a plain name */
function expressionOf(pattern: string): RegExp | undefined {
  const [, body] = /^\/(.+)\/$/.exec(pattern) ?? [];
  if (body === undefined)
    return pattern.includes("*") ? new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`) : undefined;
  try {
    return new RegExp(body);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UnknownNameError(`${pattern} is no regular expression: ${why}.`, { cause });
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
}
