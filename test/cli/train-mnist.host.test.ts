// `backlight train mnist` on a few drawn digits: what it writes, and that a run which was interrupted arrives at the very
// weights of one that was not.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { mnistFolder, readMnist } from "../../src/cli/commands/mnist-data.host.ts";
import { type MnistSettings, newSettings } from "../../src/cli/commands/mnist-settings.ts";
import { trainMnist } from "../../src/cli/commands/train-mnist.host.ts";
import { openRun, runTraining } from "../../src/cli/training-run.host.ts";
import { NonFiniteError, WeightsFormatError } from "../../src/errors.ts";
import { modelInput } from "../../src/explain/model-input.ts";
import { encodePng } from "../../src/image/encode.ts";
import type { Image } from "../../src/image/types.ts";
import { mnist } from "../../src/nn/applications/mnist.ts";
import { initialize } from "../../src/nn/trainable.ts";
import { sgd } from "../../src/train/optimizers/sgd.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { useEngine } from "../support/engine.ts";
import { outcome, start, temporaryFolder } from "./command.ts";
import { pictureOf, writeMnist } from "./mnist-folder.ts";
import { Notebook } from "./notebook.ts";

const host = useEngine();
const folder = temporaryFolder();
const data = writeMnist(join(folder, "data"), { train: 24, test: 20 });
const settings = newSettings({ epochs: 2, batch: 8, seed: 3 });

/** @param stopAfter steps of this call, as Ctrl-C does it */
async function train(
  out: string,
  { resume = false, stopAfter = Number.POSITIVE_INFINITY, ...changes }: Partial<MnistSettings> & Taken = {},
): Promise<{ finished: boolean; notebook: Notebook; checkpoint: string }> {
  const stop = new AbortController();
  let steps = 0;
  const notebook = new Notebook(() => {
    if (++steps === stopAfter) stop.abort();
  });
  const checkpoint = join(out, "checkpoint.safetensors");
  const job = {
    engine: host.engine,
    data: await readMnist(mnistFolder(data), settings.seed),
    settings: { ...settings, ...changes },
    digits: [7],
    out,
    checkpoint,
    resume: openRun(out, { checkpoint, resume }),
    signal: stop.signal,
  };
  return { finished: await trainMnist(job, notebook), notebook, checkpoint };
}

interface Taken {
  readonly resume?: boolean;
  readonly stopAfter?: number;
}

describe("the networks", () => {
  it("have the parameters that they should", () => {
    using dense = mnist(host.engine, "dense");
    using gap = mnist(host.engine, "gap");
    expect([dense.countParams().total, gap.countParams().total]).toEqual([130_890, 56_394]);
    expect([dense.outputShape, gap.outputShape]).toEqual([
      [null, 10],
      [null, 10],
    ]);
  });

  it("take drawings of either kind: what is dark on light is inverted", async () => {
    using model = mnist(host.engine, "gap");
    const light: Image = { width: 28, height: 28, channels: 1, data: Uint8Array.from(pictureOf(4, 1)) };
    const dark: Image = { ...light, data: light.data.map((sample) => 255 - sample) };
    using fromLight = modelInput(model, light);
    using fromDark = modelInput(model, dark);
    const [a, b] = await host.engine.read([fromLight, fromDark]);
    expect(a).toEqual(Float32Array.from(light.data, (sample) => sample / 255));
    expect(b).toEqual(a);
    model.preprocessing = { divisor: 255, background: "grey" };
    expect(() => modelInput(model, light)).toThrow(WeightsFormatError);
  });
});

describe("a run", () => {
  it("that was interrupted twice ends with the same bytes as one that was not", async () => {
    const whole = join(folder, "whole");
    const { finished, notebook } = await train(whole);
    expect(finished).toBe(true);
    expect(readdirSync(whole).sort()).toEqual([
      "checkpoint.safetensors",
      "class-maps.png",
      "history.json",
      "model.safetensors",
    ]);
    const history = JSON.parse(readFileSync(join(whole, "history.json"), "utf8"));
    expect(history).toMatchObject({ settings, ended: "finished", test: { examples: 20 } });
    expect(history.history).toHaveLength(2);
    expect(notebook.lines.filter((line) => /^Epoch \d of 2: loss .*validation: loss/.test(line))).toHaveLength(2);

    const parts = join(folder, "parts");
    expect(await train(parts, { stopAfter: 2 })).toMatchObject({ finished: false });
    expect(readdirSync(parts)).toEqual(["checkpoint.safetensors"]);
    const second = await train(parts, { resume: true, stopAfter: 3 });
    expect(second.finished).toBe(false);
    expect(second.notebook.lines).toContain("Going on in epoch 1, after 2 batches.");
    expect((await train(parts, { resume: true })).finished).toBe(true);
    for (const name of ["model.safetensors", "class-maps.png"])
      expect(readFileSync(join(parts, name)).equals(readFileSync(join(whole, name))), name).toBe(true);

    // a run that is over stays as it is
    const before = readFileSync(join(whole, "model.safetensors"));
    expect((await train(whole, { resume: true })).finished).toBe(true);
    expect(readFileSync(join(whole, "model.safetensors")).equals(before)).toBe(true);
    await expect(train(whole, { resume: true, net: "gap" })).rejects.toThrow(
      /of another architecture: that of "mnist"/,
    );
  });

  it("whose loss is no number keeps the last good state", async () => {
    const out = join(folder, "nan");
    const { checkpoint } = await train(out, { net: "gap", epochs: 1, stopAfter: 2 });
    const good = readFileSync(checkpoint);
    using model = mnist(host.engine, "gap");
    initialize(model, { seed: 0 });
    using trainer = new Trainer(model, { optimizer: (weights) => sgd(weights, { learningRate: 1e30 }) });
    const { train: pictures } = await readMnist(mnistFolder(data), 0);
    const run = { trainer, data: pictures, epochs: 1, patience: 1, batchSize: 4, checkpoint, settings: {} };
    const training = runTraining(run, new Notebook());
    await expect(training).rejects.toThrow(NonFiniteError);
    await expect(training).rejects.toThrow(/(conv\d|predictions|gap).*The last good state is kept in .*checkpoint/);
    expect(readFileSync(checkpoint).equals(good)).toBe(true);
  });
});

describe("the command", () => {
  it("saves on Ctrl-C and says how to go on", { timeout: 60_000 }, async () => {
    const out = join(folder, "stopped");
    const child = start([
      "train",
      "mnist",
      "--data",
      data,
      "--out",
      out,
      "--net",
      "gap",
      "--epochs",
      "5000",
      "--patience",
      "5000",
    ]);
    child.stdout.on("data", (text: string) => {
      if (text.includes("Epoch 1 of") && child.pid) process.kill(child.pid, "SIGINT");
    });
    const { code, stdout, stderr } = await outcome(child);
    expect(code, stderr).toBe(130);
    expect(stderr).toContain("Finishing the batch under way, then saving.");
    expect(stdout).toContain(`Go on with: backlight train mnist --resume --data ${data} --out ${out}\n`);
    expect(readdirSync(out)).toEqual(["checkpoint.safetensors"]);
  });

  it("leaves a model that explain opens", { timeout: 60_000 }, async () => {
    const out = join(folder, "whole");
    const picture = join(folder, "seven.png");
    const drawn: Image = { width: 28, height: 28, channels: 1, data: Uint8Array.from(pictureOf(7, 0), (v) => 255 - v) };
    writeFileSync(picture, await encodePng(drawn));
    const model = join(out, "model.safetensors");
    const args = ["explain", picture, "--model", model, "--method", "gradcam", "--out", join(folder, "ex"), "--json"];
    const { code, stdout, stderr } = await outcome(start(args));
    expect(code, stderr).toBe(0);
    const { model: name, predictions, assumptions } = JSON.parse(stdout);
    expect(name).toBe("mnist");
    expect(predictions[0].label).toMatch(/^\d$/);
    expect(assumptions).toEqual([expect.stringMatching(/background is light.*the negative/)]);
  });
});
