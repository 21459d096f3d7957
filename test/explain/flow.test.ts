// How a gradient flows: what the table says of every cotangent is what a walk back gives.
import { describe, expect, it } from "vitest";
import { backwardRules } from "../../src/autograd/rules.ts";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import type { Flow, FlowNode } from "../../src/explain/flow-table.ts";
import { channel, maxOverChannels } from "../../src/explain/layer-targets.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import { fillWeights, fractions, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { openFixture, withRun } from "./support.ts";

const host = useEngine();
const rules = ["gradient", "deconvnet", "guided"] as const;

/** Cotangents of every recorded output and of the input under a rule, by one walk that keeps them all. */
async function cotangents(run: Run, target: Target, rule: (typeof rules)[number]): Promise<Map<number, Float32Array>> {
  const { engine } = run.model;
  const nodes = run.tape.nodes.filter(({ output }) => output !== run.outputs.probs);
  const wrt = [run.input, ...nodes.map(({ output }) => output)];
  const gradients = engine.scope(() => {
    const [asked] = run.recording.ask([target]);
    if (!asked) throw new RangeError("no target");
    return run.tape.backward(asked.y, { seed: asked.seed, wrt, rules: backwardRules[rule] });
  });
  const data = await engine.read(gradients);
  for (const gradient of gradients) gradient.dispose();
  return new Map(data.map((values, i) => [i === 0 ? -1 : (nodes[i - 1]?.index ?? 0), Float32Array.from(values)]));
}

function share(values: Float32Array, test: (value: number) => boolean): number {
  return values.filter(test).length / values.length;
}

function expectFacts(node: FlowNode, values: Float32Array): void {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const scale = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  expect(squares, node.label).toBeGreaterThan(0);
  expect(Math.abs(node.norm / Math.sqrt(squares) - 1), `norm of ${node.label}`).toBeLessThan(1e-5);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(node.mean - mean) / scale, `mean of ${node.label}`).toBeLessThan(1e-5);
  expect([node.min, node.max]).toEqual([Math.min(...values), Math.max(...values)]);
  expect(node.positive).toBe(share(values, (value) => value > 0));
  expect(node.negative).toBe(share(values, (value) => value < 0));
  expect(node.positive + node.negative + node.zero).toBeCloseTo(1, 12);
}

describe("tells of every cotangent what backward gives", () => {
  it.each([...rules.map((rule) => ["residual", rule] as const), ["xception-like", "guided"] as const])(
    "%s, %s",
    (name, rule) =>
      withRun(host.engine, name, async (run) => {
        const target = classLogit(2);
        const flow = await run.flow({ layer: "input", target, rule });
        const expected = await cotangents(run, target, rule);
        expect(flow.nodes.length).toBeGreaterThan(10);
        expect(flow.nodes.at(-1)).toMatchObject({ label: "input", op: "input" });
        for (const node of flow.nodes) expectFacts(node, expected.get(node.node ?? -1) ?? new Float32Array(0));
        const order = flow.nodes.map(({ node }) => node ?? -1);
        expect(order).toEqual(order.toSorted((a, b) => b - a));
        expect(flow.nodes.filter(({ ruled }) => ruled).every(({ op }) => Object.hasOwn(backwardRules[rule], op))).toBe(
          true,
        );
        expect(flow.nodes.some(({ ruled }) => ruled)).toBe(rule !== "gradient");
      }),
  );
});

it("shows what each rule does at a ReLU: the signs that it lets through, and where", () =>
  withRun(host.engine, "residual", async (run) => {
    // its input has no other reader, so the cotangent there is what the rule passes
    const relu = run.tape.node("a_1_relu");
    const before = run.tape.producerOf(relu.inputs.x ?? run.input);
    const [x = new Float32Array(0)] = await run.model.engine.read(before ? [before.output] : []);
    const passes = {
      gradient: (r: number, i: number) => r !== 0 && (x[i] ?? 0) > 0,
      deconvnet: (r: number) => r > 0,
      guided: (r: number, i: number) => r > 0 && (x[i] ?? 0) > 0,
    };
    const seen: FlowNode[] = [];
    for (const rule of rules) {
      const target = classLogit(1);
      const flow = await run.flow({ layer: before ?? "input", target, rule });
      const r = (await cotangents(run, target, rule)).get(relu.index) ?? new Float32Array(0);
      const node = flow.nodes.at(-1);
      if (!node) throw new RangeError("no nodes");
      expect(node.node).toBe(before?.index);
      expect(1 - node.zero, rule).toBeCloseTo([...r].filter(passes[rule]).length / r.length, 12);
      seen.push(node);
    }
    expect(seen[0]?.negative).toBeGreaterThan(0.1);
    expect(seen.slice(1).map(({ negative }) => negative)).toEqual([0, 0]);
    expect(seen[1]?.zero).toBeLessThan(seen[2]?.zero ?? 0);
  }));

it("ends at the layer asked for, with Grad-CAM's weights", () =>
  withRun(host.engine, "residual", async (run) => {
    const flow = await run.flow();
    const { alpha } = await run.gradCam();
    expect(flow.nodes.at(-1)?.label).toBe(run.layers().at(-1));
    expect(flow.provenance).toMatchObject({ method: "flow", layer: "b_out", rule: "gradient" });
    const byMagnitude = Array.from(alpha, (value, index) => ({ channel: index, value })).sort(
      (a, b) => Math.abs(b.value) - Math.abs(a.value) || a.channel - b.channel,
    );
    expect(flow.alpha?.largest).toEqual(byMagnitude.slice(0, 5));
    expect(flow.alpha).toMatchObject({ channels: 20, min: Math.min(...alpha), max: Math.max(...alpha) });
    // a layer without extent has no such weights
    const pooled = await run.flow({ layer: "avg_pool" });
    expect(pooled.alpha).toBeUndefined();
    expect(pooled.nodes.map(({ label }) => label)).toEqual(["predictions/dense", "avg_pool"]);
  }));

it("marks no rule at the layer where it ends: the walk does not pass it", () =>
  withRun(host.engine, "residual", async (run) => {
    const through = await run.flow({ layer: "stem_pool", rule: "guided" });
    const relu = through.nodes.find(({ label }) => label === "a_1_relu");
    expect(relu).toMatchObject({ op: "relu", ruled: true });
    const { nodes } = await run.flow({ layer: "a_1_relu", rule: "guided" });
    expect(nodes.at(-1)).toMatchObject({ node: relu?.node, op: "relu", ruled: false });
    expect(nodes.slice(0, -1).some(({ ruled }) => ruled)).toBe(true);
  }));

it("starts where the target is: at a layer, or at what the target computed itself", () =>
  withRun(host.engine, "residual", async (run) => {
    const fromLayer = await run.flow({ layer: "stem_pool", target: channel("a_out", 3) });
    expect(fromLayer.nodes[0]).toMatchObject({ label: "a_out", positive: 1 / 20 });
    const computed = await run.flow({ layer: "b_out", target: maxOverChannels("b_out") });
    expect(computed.nodes.map(({ op }) => op)).toEqual(["sum", "max", "relu"]);
  }));

it("is timed by the GPU where it has timestamps, else as a whole", () =>
  withRun(host.engine, "residual", async (run) => {
    const flow = await run.flow({ layer: "input" });
    const stamps = host.engine.device.features.has("timestamp-query");
    expect(flow.timing).toBe(stamps ? "gpu" : "clock");
    expect(flow.elapsedMs).toBeGreaterThan(0);
    const times = flow.nodes.map(({ elapsedMs }) => elapsedMs);
    expect(times.every((time) => (time === undefined) === !stamps)).toBe(true);
    if (stamps) expect(times.reduce<number>((sum, time) => sum + (time ?? 0), 0)).toBeCloseTo(flow.elapsedMs, 9);
  }));

it("answers for each picture and each target, as for one alone", async () => {
  const { engine } = host;
  const { model, x } = await openFixture(engine, "residual");
  const [values = new Float32Array(0)] = await engine.read([x]);
  const other = engine.tensor(Float32Array.from(values).reverse(), x.shape);
  const targets = [classLogit(0), classLogit(4)];
  const facts = ({ nodes, alpha }: Flow) => [nodes.map(({ elapsedMs: _, ...rest }) => rest), alpha];
  {
    using both = explain(model, [x, other]);
    using first = explain(model, x);
    using second = explain(model, other);
    const together = await both.flow({ target: targets, layer: "a_out" });
    expect(together.map((list) => list.length)).toEqual([2, 2]);
    for (const [i, run] of [first, second].entries())
      for (const [t, target] of targets.entries()) {
        const flow = together[i]?.[t];
        const alone = await run.flow({ target, layer: "a_out" });
        expect(flow?.provenance).toMatchObject({ picture: i, target: `logit of class ${[0, 4][t]}` });
        expect(flow?.nodes.map(({ shape }) => shape)).toEqual(alone.nodes.map(({ shape }) => shape));
        for (const [k, node] of alone.nodes.entries())
          expect((flow?.nodes[k]?.norm ?? 0) / node.norm, node.label).toBeCloseTo(1, 5);
        if (flow) expect(facts(flow)[0]).toHaveLength(alone.nodes.length);
      }
  }
  for (const tensor of [x, other]) tensor.dispose();
  model.dispose();
});

it("is data that JSON holds, and a table that names every node", () =>
  withRun(host.engine, "residual", async (run) => {
    const flow = await run.flow({ layer: "input", rule: "guided" });
    expect(JSON.parse(JSON.stringify(flow))).toEqual({ ...flow });
    const lines = flow.table().split("\n");
    for (const [i, { label, op }] of flow.nodes.entries())
      expect(lines[i + 1]?.split(/\s+/)).toEqual(expect.arrayContaining([label, op]));
    expect(lines.some((line) => line.includes("rule guided"))).toBe(true);
    expect(lines.some((line) => line.startsWith("alpha, the mean over positions: 3 channels"))).toBe(true);
  }));

it("says where the target depends on nothing there, and where a rule finds no ReLU", async () => {
  const { engine } = host;
  const config = sequential(
    [6, 5, 3],
    [
      ["Conv2D", { name: "first", filters: 4, kernel_size: 3, activation: "tanh" }],
      ["GlobalAveragePooling2D", { name: "pool" }],
      ["Dense", { name: "scores", units: 2 }],
    ],
  );
  const model = Model.fromConfig(engine, config);
  fillWeights(model);
  using x = engine.tensor(fractions([1, 6, 5, 3], 7, 3), [1, 6, 5, 3]);
  {
    using run = explain(model, x);
    const note = "no ReLU between scores and the input: guided backpropagation is the plain gradient here";
    const flow = await run.flow({ layer: "input", rule: "guided" });
    expect(flow.notes).toEqual([note]);
    expect(flow.table()).toContain(note);
    const [guided, deconvnet, saliency] = [await run.guidedBackprop(), await run.deconvnet(), await run.saliency()];
    expect(guided.notes).toEqual([note]);
    expect(deconvnet.notes).toEqual([note.replace("guided backpropagation", "the deconvnet")]);
    expect((await run.guidedGradCam()).notes).toEqual([note]);
    expect(saliency.notes).toEqual([]);
    expect(guided.values).toEqual(saliency.values);
    const nothing = await run.flow({ layer: "scores", target: channel("first", 0) });
    expect(nothing).toMatchObject({ nodes: [], notes: ['the target does not depend on "scores"'] });
  }
  model.dispose();
});

it("has no such note where there are ReLUs", () =>
  withRun(host.engine, "residual", async (run) => {
    expect((await run.flow({ layer: "input", rule: "guided" })).notes).toEqual([]);
    expect((await run.guidedBackprop()).notes).toEqual([]);
    // after the last ReLU there is none
    const [note] = (await run.flow({ layer: "b_out", rule: "deconvnet" })).notes;
    expect(note).toContain("no ReLU between predictions/dense and b_out");
  }));

it("refuses an unknown rule or layer, and gives all memory back", () =>
  withRun(host.engine, "residual", async (run) => {
    const before = host.engine.memory();
    const nodes = run.tape.nodes.length;
    await run.flow({ layer: "input", target: [classLogit(0), classLogit(1)] });
    const wrong = { rule: "giuded" } as unknown as { rule: "guided" };
    await expect(run.flow(wrong)).rejects.toThrow(/no rule "giuded"\. Did you mean "guided"\?/);
    await expect(run.flow({ layer: "b_uot" })).rejects.toThrow(UnknownNameError);
    await expect(run.flow({ target: classLogit(99) })).rejects.toThrow(UnknownNameError);
    const after = host.engine.memory();
    expect([after.liveTensors, after.liveBytes]).toEqual([before.liveTensors, before.liveBytes]);
    expect(run.tape.nodes.length).toBe(nodes);
  }));

describe("a target that gives no scalar", () => {
  const y = (run: Run) => run.outputs.logits;
  const targets: readonly [string, unknown, string][] = [
    ["no target", 285, "a target is 285; give one such as classLogit(285), or an object { name, of(outputs) }."],
    ["without of()", { name: "mine" }, "a target is an object without what it needs; give one"],
    ["nothing", { name: "mine", of: () => undefined }, 'target "mine" gives no scalar: y is undefined, no tensor.'],
    ["a promise", { name: "mine", of: async () => ({}) }, 'target "mine" gives no scalar: of() gives a promise'],
    ["a number", { name: "mine", of: () => ({ y: 3, seed: 1 }) }, "y is 3, no tensor."],
    ["no seed", { name: "mine", of: (r: Run["outputs"]) => ({ y: r.logits }) }, "seed is undefined, no tensor."],
  ];
  it("is refused in words, whatever it gives instead", () =>
    withRun(host.engine, "residual", async (run) => {
      for (const [what, target, message] of targets) {
        const asked = { target: target as Target };
        for (const ask of [run.gradCam(asked), run.saliency(asked), run.flow(asked)]) {
          const error: unknown = await ask.catch((reason: unknown) => reason);
          expect(error, what).toBeInstanceOf(ShapeError);
          expect(String(error)).toContain(message);
        }
      }
    }));

  it("a seed of another shape or type, or a tensor that was not recorded", () =>
    withRun(host.engine, "residual", async (run) => {
      const { engine } = run.model;
      const before = engine.memory().liveTensors;
      const of = (seed: () => ReturnType<typeof engine.tensor>) => ({
        target: { name: "mine", of: () => ({ y: y(run), seed: seed() }) },
      });
      await expect(run.gradCam(of(() => engine.zeros([1, 3])))).rejects.toThrow("seed is [1, 3], but y is [1, 7]");
      const integers = of(() => engine.tensor(new Int32Array(7), [1, 7]));
      await expect(run.gradCam(integers)).rejects.toThrow("seed is int32, not float32");
      const foreign = { name: "mine", of: () => ({ y: engine.zeros([1, 7]), seed: engine.zeros([1, 7]) }) };
      await expect(run.saliency({ target: foreign })).rejects.toThrow("y [1, 7] was not computed on this recording");
      expect(engine.memory().liveTensors).toBe(before);
    }));
});
