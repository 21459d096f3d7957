import { WeightsFormatError } from "../src/errors.ts";
import { parseStrictJson } from "./strict-json.ts";
import { mostTextBytes } from "./utf8.ts";
import { parseYaml } from "./yaml.ts";

/** The model config in an architecture file: what `model.to_json()` or (Keras 1, and 2 up to 2.5) `model.to_yaml()`
 * wrote. JSON inside a JSON string, which `json.dump(model.to_json(), file)` makes, is read as well.
 * @returns the parsed config, not yet checked: `class_name`, `config`, often `keras_version` and `backend`
 * @throws WeightsFormatError for text that is neither, a key given twice, YAML with Python objects in it */
export function parseArchitectureText(text: string, what: string): unknown {
  if (text.length > mostTextBytes)
    throw new WeightsFormatError(`${what} has ${text.length} characters; at most ${mostTextBytes} are read.`);
  const plain = text.replace(/^\uFEFF/, "");
  if (isYamlText(plain)) return parseYaml(plain, what);
  const value = parseStrictJson(plain, what);
  return typeof value === "string" ? parseStrictJson(value, `the text inside ${what}`) : value;
}

/** Whether a text begins as YAML and not as JSON: its first line that is no comment or marker is `key:`, plain or in
 * braces. */
export function isYamlText(text: string): boolean {
  const lines = text
    .slice(0, 4096)
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  const first = lines.map((line) => line.replace(/^---(?=\s|$)/, "")).find((line) => /^\s*[^\s#%]/.test(line));
  return first !== undefined && /^\s*\{?\s*[A-Za-z_]\w*\s*:(\s|$)/.test(first);
}
