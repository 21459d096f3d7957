// The layers models that npm's `nsfwjs` (a development dependency, MIT) ships inside JavaScript modules: real uint8 files.
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { preprocess } from "../../src/image/preprocess.ts";
import { resizeImage } from "../../src/image/resize.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { openTfjs } from "../../weights/tfjs.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";
import { loaded } from "./tfjs-support.ts";

interface Facts {
  readonly parameters: number;
  readonly probs: readonly number[];
  readonly layers: Readonly<Record<string, { readonly mean: number; readonly rms: number }>>;
}

interface Golden {
  readonly picture: string;
  readonly mobilenet_v2: Facts;
  readonly inception_v3: Facts;
}

/** As the package describes a model: its files are modules, the shards base64. */
interface Definition {
  readonly modelJson: () => Promise<{ default: unknown }>;
  readonly weightBundles: readonly (() => Promise<{ default: unknown }>)[];
}

async function open({ modelJson, weightBundles }: Definition, name: string): Promise<ModelFile> {
  const text = JSON.stringify((await modelJson()).default);
  return await openTfjs(bytesSource(new TextEncoder().encode(text), name), async (path) => {
    const number = Number(/^group1-shard(\d+)of\d+$/.exec(path)?.[1]);
    const bundle = await weightBundles[number - 1]?.();
    return bytesSource(Uint8Array.from(Buffer.from(String(bundle?.default), "base64")), path);
  });
}

const mobilenet = async (): Promise<Definition> => (await import("nsfwjs/models/mobilenet_v2")).MobileNetV2Model;
const inception = async (): Promise<Definition> => (await import("nsfwjs/models/inception_v3")).InceptionV3Model;

describe("the models of nsfwjs", () => {
  const gpu = useEngine();

  test.each([
    ["mobilenet_v2", mobilenet],
    ["inception_v3", inception],
  ] as const)(
    "%s: as Keras computes it, at every layer",
    async (name, definition) => {
      const { picture, [name]: want } = await readJsonFixture<Golden>("golden/nsfwjs.json");
      const file = await open(await definition(), name);
      using model = loaded(gpu.engine, file);
      file.close();
      expect(model.countParams().total).toBe(want.parameters);
      const [, height = 0, width = 0] = model.inputShape.map((extent) => extent ?? 0);
      const image = await decodeImage(await readFixture(`../${picture}`));
      const pixels = preprocess(resizeImage(image, { width, height, method: "nearest" }), "unit");
      using x = gpu.engine.tensor(pixels, [1, height, width, 3]);
      using tape = new Tape(gpu.engine);
      const y = model.forward(x, { tape });
      const probs = await y.read();
      for (const [i, prob] of want.probs.entries()) expect(Math.abs((probs[i] ?? 0) - prob)).toBeLessThan(1e-4);
      for (const [layer, { mean, rms }] of Object.entries(want.layers)) {
        const found = statistics(await tape.node(layer).output.read());
        expect(Math.abs(found.mean - mean) / rms, `the mean of "${layer}"`).toBeLessThan(1e-4);
        expect(Math.abs(found.rms - rms) / rms, `the root mean square of "${layer}"`).toBeLessThan(1e-4);
      }
    },
    600_000,
  );

  test("the third one, a graph model, is refused by name", async () => {
    const { MobileNetV2MidModel } = await import("nsfwjs/models/mobilenet_v2_mid");
    await expect(open(MobileNetV2MidModel, "mobilenet_v2_mid")).rejects.toThrow(
      /mobilenet_v2_mid is a graph model of TensorFlow\.js/,
    );
  });
});

function statistics(values: ArrayLike<number>) {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    sum += value;
    squares += value * value;
  }
  return { mean: sum / values.length, rms: Math.sqrt(squares / values.length) };
}
