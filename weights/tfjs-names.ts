import { isObject, type JsonObject, property } from "../src/nn/untrusted.ts";

/** Which layer of the model each weight of a TensorFlow.js file belongs to. The file has one flat list of names: those
 * that Keras gave its variables (`conv1/kernel`, in a nested model either `inner/kernel` or `outer/inner/kernel`, from
 * Keras 3 `sequential/conv1/kernel`), without the groups of the HDF5 file that would tell the rest.
 * @param config the Keras config, if the file has one
 * @returns layer by weight name; a layer inside a nested model is `outer/inner`, as in Model */
export function ownersOf(weightNames: readonly string[], config: unknown): Map<string, string> {
  const scopes = new Set(weightNames.map(scopeOf));
  const leaves = new LeafIndex(leafPaths(config));
  const found = matchAll(scopes, leaves);
  return new Map(
    weightNames.map((name) => {
      const scope = scopeOf(name);
      return [name, found.get(scope) ?? firstPart(scope)];
    }),
  );
}

/** Everything before the weight's own name. */
function scopeOf(weightName: string): string {
  const end = weightName.lastIndexOf("/");
  return end < 0 ? weightName : weightName.slice(0, end);
}

function firstPart(scope: string): string {
  const end = scope.indexOf("/");
  return end < 0 ? scope : scope.slice(0, end);
}

/** A model that was loaded a second time in one TensorFlow 1 session has variables called `conv1_1/kernel` in a layer
 * `conv1`. So where the names as they stand do not fit, one number is taken off: off all names, else off those names
 * only that no layer has. */
function matchAll(scopes: ReadonlySet<string>, leaves: LeafIndex): Map<string, string> {
  const asTheyStand = matchBy(scopes, (scope) => leaves.find(scope));
  if (fits(asTheyStand, scopes)) return asTheyStand;
  const shortened = matchBy(scopes, (scope) => leaves.find(withoutNumber(scope)));
  if (fits(shortened, scopes)) return shortened;
  const mixed = matchBy(scopes, (scope) => leaves.find(scope) ?? leaves.find(withoutNumber(scope)));
  return fits(mixed, scopes) ? mixed : asTheyStand;
}

function withoutNumber(scope: string): string {
  return scope.replace(/_\d+$/, "");
}

function matchBy(scopes: ReadonlySet<string>, find: (scope: string) => string | undefined): Map<string, string> {
  return new Map(
    [...scopes].flatMap((scope): [string, string][] => {
      const leaf = find(scope);
      return leaf === undefined ? [] : [[scope, leaf]];
    }),
  );
}

/** Every scope has a layer, and no two have the same one. */
function fits(found: ReadonlyMap<string, string>, scopes: ReadonlySet<string>): boolean {
  return found.size === scopes.size && new Set(found.values()).size === found.size;
}

/** The layers of a model by every ending of their paths. */
class LeafIndex {
  readonly #paths: ReadonlySet<string>;
  /** Undefined where several layers end so. */
  readonly #endings = new Map<string, string | undefined>();

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths);
    for (const path of paths)
      for (const ending of endingsOf(path)) this.#endings.set(ending, this.#endings.has(ending) ? undefined : path);
  }

  /** The layer of that path; else the one whose path ends as the scope does, on the most parts. */
  find(scope: string): string | undefined {
    if (this.#paths.has(scope)) return scope;
    for (const ending of endingsOf(scope)) {
      if (this.#paths.has(ending)) return ending;
      if (this.#endings.has(ending)) return this.#endings.get(ending);
    }
    return undefined;
  }
}

const mostParts = 32;

/** `a/b/c`, `b/c`, `c`. */
function endingsOf(path: string): string[] {
  const endings = [path];
  for (let at = path.indexOf("/"); at >= 0 && endings.length < mostParts; at = path.indexOf("/", at + 1))
    endings.push(path.slice(at + 1));
  return endings;
}

const deepestNesting = 8;
const modelClasses: ReadonlySet<unknown> = new Set(["Sequential", "Functional", "Model"]);

/** Paths of a config's layers, those of nested models included; whatever is malformed is left to the model's own reader. */
function leafPaths(config: unknown, outer = "", depth = 0): string[] {
  if (depth > deepestNesting) return [];
  return layersOf(config).flatMap((entry) => {
    const body = asObject(property(entry, "config"));
    const name = (body && property(body, "name")) ?? property(entry, "name");
    if (typeof name !== "string") return [];
    const isModel = modelClasses.has(property(entry, "class_name"));
    return isModel ? leafPaths(entry, `${outer}${name}/`, depth + 1) : [`${outer}${name}`];
  });
}

function layersOf(config: unknown): JsonObject[] {
  const body = property(asObject(config) ?? {}, "config");
  const list = Array.isArray(body) ? body : property(asObject(body) ?? {}, "layers");
  return Array.isArray(list) ? list.map(asObject).filter((entry) => entry !== undefined) : [];
}

/** The value, if it is an object and no list. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}
