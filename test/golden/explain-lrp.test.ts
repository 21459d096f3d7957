// Layer-wise relevance propagation against zennit: relevance of the input and of inner layers; tools/golden/explain_lrp.py.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain, type Run } from "../../src/explain/explain.ts";
import { type Composite, type CompositeName, compositeOf } from "../../src/explain/lrp/composites.ts";
import { epsilonRule, wSquareRule, zBoxRule } from "../../src/explain/lrp/rules.ts";
import { relevance } from "../../src/explain/methods/lrp.ts";
import { classLogit } from "../../src/explain/targets.ts";
import { openFixture } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";

/** Relevance by layer's name, and of the "input", as base64. */
type Explained = Readonly<Record<string, string>> & { readonly target: number; readonly value: number };

interface Goldens {
  readonly box: readonly [low: number, high: number];
  readonly networks: Readonly<Record<string, Readonly<Record<string, Explained>>>>;
}

/** zennit in float64; what is reached in float32 is 3e-6. */
const TOLERANCE = 2e-5;
const goldens = await readJsonFixture<Goldens>("golden/explain/lrp.json");
useEngine();

function composite(name: string): Composite {
  if (name === "w-square first") return { name, first: wSquareRule(), conv: epsilonRule(), dense: epsilonRule() };
  if (name.endsWith(" without biases")) return { ...composite(name.replace(" without biases", "")), bias: "none" };
  const known = compositeOf(name as CompositeName);
  return name === "epsilon-gamma-box" ? { ...known, first: zBoxRule(...goldens.box) } : known;
}

describe.each(Object.entries(goldens.networks))("%s", (network, explanations) => {
  const at = {} as { run: Run; close: () => void };
  beforeAll(async () => {
    const { model, x } = await openFixture(await engineForTests(), network);
    const run = explain(model, x);
    const close = () => {
      for (const one of [run, x, model]) one.dispose();
    };
    Object.assign(at, { run, close });
  });
  afterAll(() => at.close());

  it.each(Object.entries(explanations))("%s is zennit's", async (name, { target, value, ...layers }) => {
    const { run } = at;
    const names = Object.keys(layers);
    const wrt = names.map((layer) => (layer === "input" ? run.input : run.tape.node(layer).output));
    const question = { run: run.recording, targets: [classLogit(target)] };
    const [maps, predictions] = await Promise.all([
      run.recording.encode(() => ({
        tensors: relevance(question, wrt, { composite: composite(name), start: "value" }),
        finish: (data) => data,
      })),
      run.predictions(1),
    ]);
    expect(predictions[0]?.index).toBe(target);
    expect(predictions[0]?.logit).toBeCloseTo(value, 5);
    for (const [i, layer] of names.entries()) {
      const error = relativeError(maps[i] ?? [], float32FromBase64(String(layers[layer])));
      expect(error, layer).toBeLessThan(TOLERANCE);
    }
  });
});
