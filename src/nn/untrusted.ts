import { WeightsFormatError } from "../errors.ts";

/** Checked reading of JSON that somebody else wrote: every refusal says where, what was got and what was wanted. */

export type JsonObject = Readonly<Record<string, unknown>>;

const shownLength = 60;

/** A value as an error message shows it: short, on one line. */
export function showJson(value: unknown): string {
  if (value === undefined) return "missing";
  const text = stringify(value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "a value nested too deeply to show";
  }
}

/** @throws WeightsFormatError always */
export function refuse(path: string, got: unknown, wanted: string): never {
  throw new WeightsFormatError(`model config: ${path} is ${showJson(got)}; ${wanted} is wanted`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown, path: string): JsonObject {
  if (!isObject(value)) refuse(path, value, "an object");
  return value;
}

export function asList(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(path, value, "a list");
  return value;
}

/** As `String`, but not by what an object calls its own `toString`. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => (typeof one === "object" ? "" : String(one))).join();
  return typeof value === "object" && value !== null ? "" : String(value);
}

/** An own property: `__proto__` and `constructor` are names like any other. */
export function property(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

const longestName = 512;

export function asName(value: unknown, path: string): string {
  const plain = typeof value === "string" && [...value].every((character) => character >= " ");
  if (!plain || value.length === 0 || value.length > longestName)
    refuse(path, value, `a name of 1 to ${longestName} characters`);
  return value;
}

export function isWhole(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}
