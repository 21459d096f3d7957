import { CORE_SCHEMA, defineScalarTag, defineSequenceTag, load, NOT_RESOLVED } from "js-yaml";
import { WeightsFormatError } from "../src/errors.ts";

/** Keras' longest architectures take 1.3 MB of YAML. */
const mostTextLength = 4 * 2 ** 20;
const deepestNesting = 100;
/** Values and characters once every alias is written out. */
const mostExpanded = 16 * 2 ** 20;

const pythonTag = "tag:yaml.org,2002:python/";
/** Wrappers that TensorFlow put around lists and shapes: called with the plain value as their only argument. */
const wrapperClasses: ReadonlySet<string | undefined> = new Set(["ListWrapper", "TensorShape", "Dimension"]);
const never = () => false;

const sequences = ["tuple", "list"].map((name) =>
  defineSequenceTag<unknown[]>(`${pythonTag}${name}`, {
    create: () => [],
    addItem: (list, item) => void list.push(item),
    identify: never,
  }),
);

const wrapper = defineSequenceTag<unknown[], unknown>(`${pythonTag}object/apply:tensorflow.`, {
  matchByTagPrefix: true,
  create(tagName) {
    if (wrapperClasses.has(tagName.split(".").at(-1))) return [];
    throw new WeightsFormatError(`unknown sequence tag !<${tagName}>`);
  },
  addItem: (list, item) => (list.push(item) > 1 ? "a wrapped value has one argument" : undefined),
  finalize: ([value]) => value ?? null,
  identify: never,
});

const texts = ["unicode", "str"].map((name) =>
  defineScalarTag<string>(`${pythonTag}${name}`, { resolve: (source) => source, identify: never }),
);

const float = /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/;
const special: ReadonlyMap<string, number> = new Map([
  [".inf", Number.POSITIVE_INFINITY],
  ["-.inf", Number.NEGATIVE_INFINITY],
  [".nan", Number.NaN],
]);

/** PyYAML takes `1e-5` for text and writes it without quotes; its floats have a point. */
const pythonFloat = defineScalarTag<number>("tag:yaml.org,2002:float", {
  implicit: true,
  resolve(source) {
    if (float.test(source)) return Number(source.replaceAll("_", ""));
    return special.get(source.toLowerCase()) ?? NOT_RESOLVED;
  },
  identify: never,
});

const schema = CORE_SCHEMA.withTags([...sequences, wrapper, ...texts, pythonFloat]);

/** Reads YAML as PyYAML writes plain data: tuples become lists; tags that would make other Python objects, documents
 * after the first, keys given twice and aliases that unfold without measure are refused.
 * @throws WeightsFormatError */
export function parseYaml(text: string, what: string): unknown {
  if (text.length > mostTextLength)
    throw new WeightsFormatError(`${what} has ${text.length} characters; at most ${mostTextLength} of YAML are read.`);
  const value = loadOne(text, what);
  const { size, height } = extentOf(value, what, new Map());
  if (height > deepestNesting)
    throw new WeightsFormatError(`${what} is nested more than ${deepestNesting} deep through its aliases.`);
  if (size <= mostExpanded) return value;
  throw new WeightsFormatError(
    `${what} unfolds to more than ${mostExpanded} values and characters through its aliases, which no model needs.`,
  );
}

function loadOne(text: string, what: string): unknown {
  try {
    return load(text, { schema, maxDepth: deepestNesting });
  } catch (cause) {
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const isTag = why?.startsWith("unknown") && why.includes(" tag ");
    const advice = isTag ? " Only plain data is read: objects of other Python classes are never made." : "";
    throw new WeightsFormatError(`${what} is not the YAML of a model: ${why}.${advice}`, { cause });
  }
}

interface Extent {
  /** Values and characters, written out. */
  readonly size: number;
  readonly height: number;
}

/** By object; undefined while the object's own parts are still being measured. */
type Extents = Map<object, Extent | undefined>;

/** What the value would take written out: a few nested aliases can stand for billions of values. */
function extentOf(value: unknown, what: string, known: Extents): Extent {
  if (typeof value === "string") return { size: 1 + value.length, height: 0 };
  if (typeof value !== "object" || value === null) return { size: 1, height: 0 };
  const before = known.get(value);
  if (before) return before;
  if (known.has(value)) throw new WeightsFormatError(`${what} has an alias inside of what it stands for: a circle.`);
  known.set(value, undefined);
  let [size, height] = [1, 0];
  for (const [key, part] of Object.entries(value)) {
    const extent = extentOf(part, what, known);
    size += key.length + extent.size;
    height = Math.max(height, extent.height + 1);
  }
  const extent = { size, height };
  known.set(value, extent);
  return extent;
}
