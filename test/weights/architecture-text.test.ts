import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { parseModelConfig } from "../../src/nn/config.ts";
import { isYamlText, parseArchitectureText } from "../../weights/architecture-text.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";

const fixtureText = async (name: string) => new TextDecoder().decode(await readFixture(`fixtures/yaml/${name}`));
const parse = (text: string) => parseArchitectureText(text, "a.yaml");

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsFormatError);
    return String(error);
  }
  throw new Error("the text was read");
}

describe("what Keras wrote", () => {
  test.each(["model.json", "block.yaml", "flow.yaml", "braces.yaml", "wrapped.yaml"])("%s", async (name) => {
    const config = parse(await fixtureText(name));
    expect(config).toEqual(await readJsonFixture("fixtures/yaml/model.json"));
    expect(parseModelConfig(config).layers.map((layer) => layer.name)).toContain("1e-5");
  });

  test("Keras 1: the layers without an object around them, text that Python 2 marked", () => {
    const text = [
      "class_name: Sequential",
      "config:",
      "- class_name: Convolution2D",
      "  config:",
      "    batch_input_shape: &id001 !!python/tuple [null, 1, 28, 28]",
      "    input_shape: *id001",
      "    name: !!python/unicode 'conv'",
      "    subsample: !!python/tuple [1, 1]",
      "    W_regularizer: null",
      "    p: 1.0e-05",
    ].join("\n");
    const shape = [null, 1, 28, 28];
    const rest = { name: "conv", subsample: [1, 1], W_regularizer: null, p: 1e-5 };
    const config = { batch_input_shape: shape, input_shape: shape, ...rest };
    expect(parse(text)).toEqual({ class_name: "Sequential", config: [{ class_name: "Convolution2D", config }] });
  });

  test("JSON inside a JSON text, and a byte order mark", () => {
    const json = JSON.stringify({ class_name: "Sequential", config: [] });
    expect(parse(JSON.stringify(json))).toEqual(JSON.parse(json));
    expect(parse(`\uFEFF${json}`)).toEqual(JSON.parse(json));
    expect(parse("\uFEFF# saved by hand\r\n---\r\nclass_name: Sequential\r\nconfig: []\r\n")).toEqual(JSON.parse(json));
  });

  test.each([
    ["class_name: Sequential", true],
    ["backend: tensorflow\nclass_name: Model", true],
    ["# a comment\n\n%YAML 1.1\n---\nclass_name: Model", true],
    ["--- {class_name: Model}", true],
    ["{backend: tensorflow, class_name: Model}", true],
    ['{"class_name": "Model"}', false],
    ['"{}"', false],
    ["[1]", false],
    ["<html>", false],
    ["https://example.org", false],
    ["", false],
  ])("%j is YAML: %s", (text, yes) => expect(isYamlText(text)).toBe(yes));
});

describe("refusing", () => {
  const lines = (start: string, next: (i: number) => string, count: number) =>
    [start, ...Array.from({ length: count }, (_, i) => next(i))].join("\n");

  test.each([
    ["a Python call", "a: !!python/object/apply:os.system ['ls']", /python\/object\/apply:os\.system.*never made/],
    ["a Python function", "a: !!python/name:os.system", /python\/name:os\.system.*never made/],
    ["a Python object", "a: !!python/object:keras.L2 {l2: 1}", /python\/object:keras\.L2.*never made/],
    ["another class", "a: !!python/object/apply:tensorflow.Session [[1]]", /tensorflow\.Session.*never made/],
    ["a wrapper of two", "a: !!python/object/apply:tensorflow.ListWrapper [[1], [2]]", /one argument/],
    ["a key twice", "a: 1\nb: 2\na: 3", /duplicated mapping key \(3:1\)/],
    ["two documents", "a: 1\n---\nb: 2", /more/],
    ["a key that is a list", "a: {? [b] : 1}", /complex keys/],
    ["an unknown alias", "a: *b", /b/],
    ["an alias to itself", "a: &a [*a]", /a circle/],
    ["deep brackets", `a: ${"[".repeat(5000)}`, /exceeded maxDepth/],
    ["deep dashes", `a:\n  ${"- ".repeat(5000)}`, /exceeded maxDepth/],
    ["a tab", "a:\n\tb: 1", /tab characters/],
    ["text", "this: is not: a model", /is not the YAML of a model/],
    ["broken JSON", '{"class_name": ', /is not JSON/],
    ["broken JSON inside JSON", '"{"', /the text inside a\.yaml is not JSON/],
    ["JSON with a key twice", '{"a": 1, "a": 2}', /gives the key "a" twice/],
    ["too much YAML", `a: "${"x".repeat(5 * 2 ** 20)}"`, /at most 4194304 of YAML/],
    [
      "aliases that unfold to billions",
      lines("a0: &a0 [x, x, x]", (i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`, 12),
      /unfolds to more than 16777216/,
    ],
    ["a long text unfolded often", `t: &t [${"x".repeat(20_000)}]\nl: [${"*t , ".repeat(1000)}]`, /unfolds to more/],
    [
      "depth through aliases",
      lines("a0: &a0 [x]", (i) => `a${i + 1}: &a${i + 1} [*a${i}]`, 400).concat("\nb: [*a400]"),
      /nested more than 100 deep/,
    ],
  ])("%s", (_, text, message) => expect(refusal(text)).toMatch(message));

  test("many keys and many anchors take no more than their share of time", () => {
    const keys = lines("a: 1", (i) => `k${i}: 1`, 50_000);
    const anchors = lines("a:", (i) => `- &a${i} [x]\n- *a${i}`, 20_000);
    const start = performance.now();
    expect(Object.keys(parse(keys) as object)).toHaveLength(50_001);
    expect((parse(anchors) as { a: unknown[] }).a).toHaveLength(40_000);
    // Quadratic time would be minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test("`__proto__` is a key like any other", () => {
    const value = parse("__proto__: {polluted: 1}\nclass_name: x") as object;
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect("polluted" in value).toBe(false);
  });
});
