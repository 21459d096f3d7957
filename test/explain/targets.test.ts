// What can be asked for, and what is refused in which words.
import { describe, expect, it } from "vitest";
import { NotDefinedError, ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import { channel, maxOverChannels, spatial } from "../../src/explain/layer-targets.ts";
import {
  classLogit,
  classProbability,
  difference,
  multiLabel,
  regression,
  segmentation,
  type Target,
} from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import { largest, relativeError } from "../golden/compare.ts";
import { fillWeights, fractions, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { openFixture, withRun } from "./support.ts";

const host = useEngine();

/** The error that an answer ends in; asking itself never throws. */
async function refusal(ask: () => Promise<unknown>): Promise<Error> {
  const error = await ask().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("nothing was refused");
}

describe("classes", () => {
  const outside: readonly [string, Target, string][] = [
    ["past the last", classLogit(7), "there is no class 7: the network has 7. Give a whole number from 0 to 6."],
    ["negative", classLogit(-1), "there is no class -1: the network has 7. Give a whole number from 0 to 6."],
    ["not whole", classLogit(1.5), "there is no class 1.5: the network has 7. Give a whole number from 0 to 6."],
    [
      "not a number",
      classLogit(Number.NaN),
      "there is no class NaN: the network has 7. Give a whole number from 0 to 6.",
    ],
    [
      "of a probability",
      classProbability(1000),
      "there is no class 1000: the network has 7. Give a whole number from 0 to 6.",
    ],
    ["of a difference", difference(0, 9), "there is no class 9: the network has 7. Give a whole number from 0 to 6."],
  ];
  it.each(outside)("refuses one %s", (_, target, message) =>
    withRun(host.engine, "residual", async (run) => {
      for (const ask of [
        () => run.gradCam({ target }),
        () => run.cam({ target }),
        () => run.saliency({ target }),
        () => run.guidedGradCam({ target }),
        () => run.sweep({ target }),
      ]) {
        const error = await refusal(ask);
        expect(error).toBeInstanceOf(UnknownNameError);
        expect(error.message).toBe(message);
      }
    }),
  );

  it("explains any class, the most likely one unless told", () =>
    withRun(host.engine, "residual", async (run) => {
      const [top] = await run.predictions(1);
      if (!top) throw new Error("no prediction");
      const [unasked, asked, other] = await Promise.all([
        run.gradCam(),
        run.gradCam({ target: classLogit(top.index) }),
        run.gradCam({ target: classLogit((top.index + 1) % 7) }),
      ]);
      expect(unasked.raw).toEqual(asked.raw);
      expect(relativeError(other.raw.data, asked.raw.data)).toBeGreaterThan(0.01);
      expect(unasked.provenance.target).toBe("logit of the most likely class");
      expect(other.provenance).toEqual({
        model: run.model.name,
        method: "gradcam",
        layer: "b_out",
        target: `logit of class ${(top.index + 1) % 7}`,
        rule: "gradient",
      });
    }));

  it("lists the most likely classes in order, probabilities and logits with them", () =>
    withRun(host.engine, "residual", async (run) => {
      const all = await run.predictions(7);
      expect(new Set(all.map(({ index }) => index)).size).toBe(7);
      expect(all.map(({ logit }) => logit)).toEqual(all.map(({ logit }) => logit).toSorted((a, b) => b - a));
      expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    }));
});

/** MobileNet's head: a convolution of one pixel, whose scores are reshaped before or after the softmax. */
it.each(["softmax first", "reshape first"])("class scores of a convolution are found: %s", async (order) => {
  const ends: [string, Record<string, unknown>][] = [
    ["Activation", { name: "softmax", activation: "softmax" }],
    ["Reshape", { name: "reshape", target_shape: [3] }],
  ];
  using model = Model.fromConfig(
    host.engine,
    sequential(
      [4, 4, 2],
      [
        ["Conv2D", { name: "features", filters: 2, kernel_size: [2, 2], activation: "relu" }],
        ["AveragePooling2D", { name: "pool", pool_size: [3, 3] }],
        ["Conv2D", { name: "scores", filters: 3, kernel_size: [1, 1] }],
        ...(order === "softmax first" ? ends : ends.toReversed()),
      ],
    ),
  );
  fillWeights(model);
  using x = host.engine.tensor(fractions([1, 4, 4, 2], 29, 3), [1, 4, 4, 2]);
  using run = explain(model, x);
  const [logits, predictions, map] = await Promise.all([
    run.outputs.logits.read(),
    run.predictions(3),
    run.gradCam({ layer: "features", target: classLogit(2) }),
  ]);
  expect(predictions.map(({ index, logit }) => [index, logit])).toEqual(
    [...logits].map((logit, index) => [index, logit]).toSorted(([, a = 0], [, b = 0]) => b - a),
  );
  expect([map.raw.width, map.raw.height]).toEqual([3, 3]);
  expect(largest(map.raw.data)).toBeGreaterThan(0);
});

describe("layers", () => {
  it.each([
    ["b_oot", 'did you mean "b_out"?'],
    ["a_1_con", 'did you mean "a_1_conv"?'],
  ])("suggests what %s should have been", (layer, hint) =>
    withRun(host.engine, "residual", async (run) => {
      const error = await refusal(() => run.gradCam({ layer }));
      expect(error).toBeInstanceOf(UnknownNameError);
      expect(error.message).toContain(`no layer "${layer}"`);
      expect(error.message).toContain(hint);
    }),
  );

  it("refuses one without height and width, and names some that have them", () =>
    withRun(host.engine, "residual", async (run) => {
      const error = await refusal(() => run.gradCam({ layer: "avg_pool" }));
      expect(error).toBeInstanceOf(ShapeError);
      expect(error.message).toMatch(/"avg_pool" gives \[1, 20\], which has no height and width .* b_out/);
    }));

  it("CAM has its own layer", () =>
    withRun(host.engine, "residual", async (run) => {
      expect(run.camLayer()).toBe("b_out");
      expect((await run.cam({ layer: "b_out" })).provenance.layer).toBe("b_out");
      const error = await refusal(() => run.cam({ layer: "a_out" }));
      expect(error.message).toMatch(/its layer is "b_out".* not "a_out". Use gradCam\(\)/);
    }));

  it("CAM takes a 1x1 convolution of the pooled features for the classifier that it is", () =>
    withRun(host.engine, "separable", async (run) => {
      const node = run.tape.node(run.camLayer());
      expect(run.tape.nodes[node.index + 1]?.op.name).toMatch(/^global_/);
      const [cam, gradCam] = await Promise.all([run.cam(), run.gradCam({ layer: run.camLayer() })]);
      const Z = cam.raw.data.length;
      expect(Math.max(...cam.raw.data)).toBeGreaterThan(0.01);
      for (const [i, value] of cam.raw.data.entries()) expect((gradCam.raw.data[i] ?? 0) * Z).toBeCloseTo(value, 4);
    }));

  it.each([
    ["lenet-mnist", /"dense1"|"dropout"|relu/],
    ["xception-like", /"avg_pool" \(global_avg_pool\)/],
  ])("CAM is not defined on %s: the message says what stands there", (name, found) =>
    withRun(host.engine, name, async (run) => {
      const error = await refusal(() => run.cam());
      expect(error).toBeInstanceOf(NotDefinedError);
      expect(error.message).toMatch(/^cam: .* has no global pooling between its feature maps and one dense classifier/);
      expect(error.message).toMatch(found);
      expect(error.message).toMatch(/Use gradCam\(\), which needs no pooling layer\.$/);
    }),
  );
});

describe("sweep", () => {
  it.each(["residual", "separable", "lenet-mnist"])("is Grad-CAM at every layer of %s, from one walk", (name) =>
    withRun(host.engine, name, async (run) => {
      const maps = await run.sweep();
      expect(maps.map(({ provenance }) => provenance.layer)).toEqual(run.layers());
      const alone = await Promise.all(run.layers().map((layer) => run.gradCam({ layer })));
      for (const [i, map] of maps.entries()) {
        const [, height, width] = run.tape.node(run.layers()[i] ?? "").output.shape;
        expect({ width: map.raw.width, height: map.raw.height }).toEqual({ width, height });
        expect(map.raw, map.provenance.layer).toEqual(alone[i]?.raw);
        expect(map.alpha).toEqual(alone[i]?.alpha);
      }
    }),
  );

  it("holds every activation of the model that has height and width", () =>
    withRun(host.engine, "residual", async (run) => {
      const spatial = run.model.layers.filter(({ outputShape }) => outputShape.length === 4).map(({ name }) => name);
      expect(run.layers()).toEqual(spatial.filter((name) => name !== run.model.layers[0]?.name));
    }));
});

describe("other targets", () => {
  const asked = (run: Run, target: Target) => run.saliency({ target });

  it("a channel's gradient is zero far from what it sees, and the sum of all channels is linear", () =>
    withRun(host.engine, "residual", async (run) => {
      const maps = await Promise.all([0, 1, 2].map((k) => asked(run, channel("stem_relu", k))));
      expect(maps.every(({ empty }) => !empty)).toBe(true);
      const error = await refusal(() => asked(run, channel("stem_relu", 12)));
      expect(error.message).toBe('there is no channel 12: layer "stem_relu" has 12. Give a whole number from 0 to 11.');
    }));

  it("the largest channel of a layer: its gradient goes through the channel that is largest", () =>
    withRun(host.engine, "residual", async (run) => {
      const [map] = await Promise.all([run.gradCam({ target: maxOverChannels("b_out"), layer: "b_out" })]);
      const [A] = await host.engine.read([run.tape.node("b_out").output]);
      // the gradient of sum_ij max_k A is 1 at the largest channel, so alpha is its share of the positions
      const shares = new Float64Array(20);
      for (let i = 0; i < 16; i++) {
        const row = A?.subarray(20 * i, 20 * i + 20) ?? new Float32Array();
        const best = row.indexOf(Math.max(...row));
        shares[best] = (shares[best] ?? 0) + 1 / 16;
      }
      expect(relativeError(map?.alpha ?? [], shares)).toBeLessThan(1e-6);
    }));
});

describe("networks without classes, or without maps", () => {
  const backbone = (outputs: readonly [string, Record<string, unknown>][], shape: readonly number[]) =>
    Model.fromConfig(host.engine, sequential(shape, outputs));

  it("are explained by a target on a layer, and asked for nothing else", async () => {
    using model = backbone([["Rescaling", { name: "twice", scale: 2 }]], [2, 2, 3]);
    using x = host.engine.tensor(new Float32Array(12).fill(1), [1, 2, 2, 3]);
    using run = explain(model, x);
    for (const ask of [() => run.predictions(), () => run.gradCam(), () => run.saliency({ target: classLogit(0) })]) {
      const error = await refusal(ask);
      expect(error).toBeInstanceOf(ShapeError);
      expect(error.message).toContain("the network's output is [1, 2, 2, 3]; classes are asked of [n, classes]");
    }
    expect([...(await run.gradCam({ target: channel("twice", 1) })).alpha]).toEqual([0, 1, 0]);
  });

  it("of vectors have no layer to map", async () => {
    using model = backbone(
      [
        ["Rescaling", { name: "twice", scale: 2 }],
        ["Softmax", { name: "classes" }],
      ],
      [3],
    );
    using x = host.engine.tensor([1, 2, 3], [1, 3]);
    using run = explain(model, x);
    expect(run.layers()).toEqual([]);
    expect(await run.sweep()).toEqual([]);
    expect((await refusal(() => run.gradCam())).message).toContain("has no layer with height and width to map");
  });
});

describe("pictures", () => {
  it("takes one at a time", async () => {
    const { model, x } = await openFixture(host.engine, "residual");
    using batch = host.engine.zeros([2, 33, 29, 3]);
    expect(() => explain(model, batch)).toThrow(ShapeError);
    expect(() => explain(model, batch)).toThrow(/\[2, 33, 29, 3\]; one picture each/);
    model.dispose();
    x.dispose();
  });

  it("refuses one of another size and frees what was recorded", async () => {
    const { model, x } = await openFixture(host.engine, "residual");
    using small = host.engine.zeros([1, 32, 29, 3]);
    const { liveTensors } = host.engine.memory();
    expect(() => explain(model, small)).toThrow(/the input is \[1, 32, 29, 3\] but .* is wanted/);
    expect(host.engine.memory().liveTensors).toBe(liveTensors);
    model.dispose();
    x.dispose();
  });

  it("Guided Grad-CAM is guided backprop times the rectified map, laid over the picture", () =>
    withRun(host.engine, "residual", async (run) => {
      const layer = "a_out";
      const [both, guided, map] = await Promise.all([
        run.guidedGradCam({ layer }),
        run.guidedBackprop(),
        run.gradCam({ layer }),
      ]);
      const { width, height } = guided;
      expect({ width, height, channels: guided.channels }).toEqual({ width: 29, height: 33, channels: 3 });
      const expected = guided.values.map((value, i) => {
        const pixel = Math.floor(i / 3);
        return value * bilinear(map.raw, (Math.floor(pixel / width) + 0.5) / height, ((pixel % width) + 0.5) / width);
      });
      expect(largest(expected)).toBeGreaterThan(0);
      expect(relativeError(both.values, expected)).toBeLessThan(1e-5);
      expect(both.provenance).toMatchObject({ method: "guided-gradcam", layer, rule: "guided" });
    }));
});

/** The rectified map at a place given in 0..1, between the centres of its cells. */
function bilinear(map: { width: number; height: number; data: Float32Array }, down: number, across: number): number {
  const inside = (i: number, count: number) => Math.min(count - 1, Math.max(0, i));
  const value = (y: number, x: number) =>
    Math.max(0, map.data[inside(y, map.height) * map.width + inside(x, map.width)] ?? 0);
  const [y, x] = [down * map.height - 0.5, across * map.width - 0.5];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [v, u] = [y - top, x - left];
  const upper = value(top, left) * (1 - u) + value(top, left + 1) * u;
  const lower = value(top + 1, left) * (1 - u) + value(top + 1, left + 1) * u;
  return upper * (1 - v) + lower * v;
}

describe("a network that scores each pixel", () => {
  const w = [1, 2, 3, 4, 5, 6]; // [channel, class] of a 1x1 convolution
  /** The gradient at each of 2 x 3 pixels of 2 channels. */
  async function gradientOf(target: Target): Promise<number[]> {
    using model = Model.fromConfig(
      host.engine,
      sequential(
        [2, 3, 2],
        [
          ["Conv2D", { name: "scores", filters: 3, kernel_size: [1, 1], use_bias: false }],
          ["Softmax", { name: "probs" }],
        ],
      ),
    );
    model.setWeight("scores", "kernel", Float32Array.from(w));
    using x = host.engine.tensor(new Float32Array(12).fill(1), [1, 2, 3, 2]);
    using run = explain(model, x);
    return [...(await run.saliency({ target })).values];
  }

  it("is explained over a region: the class's weights where the mask is", async () => {
    const mask = { width: 3, height: 2, data: Float32Array.of(0, 1, 0, 0, 0, 0.5) };
    expect(await gradientOf(segmentation(mask, 2))).toEqual([0, 0, 3, 6, 0, 0, 0, 0, 0, 0, 1.5, 3]);
  });

  it("is explained at one position of a layer: the weights of all classes there", async () => {
    expect(await gradientOf(spatial("scores", 1, 0))).toEqual([0, 0, 0, 0, 0, 0, 6, 15, 0, 0, 0, 0]);
  });

  it.each([
    [
      segmentation({ width: 2, height: 3, data: new Float32Array(6) }, 0),
      "the mask is 3x2, the network's output [1, 2, 3, 3]",
    ],
    [segmentation({ width: 3, height: 2, data: new Float32Array(6) }, 3), "there is no class 3: the network has 3"],
    [spatial("scores", 2, 0), 'there is no row 2: layer "scores" has 2'],
    [spatial("scores", 0, -1), 'there is no column -1: layer "scores" has 3'],
    [regression(0), "the network's output is [1, 2, 3, 3]; classes are asked of [n, classes]"],
  ])("refuses what is not there: %#", async (target, message) => {
    await expect(gradientOf(target)).rejects.toThrow(message);
  });
});

it("several labels are the sum of each, and a regression is the network's own output", () =>
  withRun(host.engine, "residual", async (run) => {
    const target = [multiLabel([0, 3]), classLogit(0), classLogit(3), regression(2), classProbability(2)];
    const [both, first, second, output, probability] = (await run.saliency({ target })).map(({ values }) => values);
    expect(relativeError(both ?? [], first?.map((value, i) => value + (second?.[i] ?? 0)) ?? [])).toBeLessThan(1e-5);
    expect(output).toEqual(probability);
  }));
