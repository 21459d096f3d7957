// `backlight train folder` on drawn pictures and a tiny base: what it writes, that a run which was interrupted arrives at
// the very weights of one that was not, and what it refuses.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listClasses } from "../../src/cli/commands/folder-data.host.ts";
import { confusionLines } from "../../src/cli/commands/folder-report.ts";
import { settingsOf, type Words } from "../../src/cli/commands/folder-settings.ts";
import { runTrain } from "../../src/cli/commands/train.host.ts";
import { trainFolder } from "../../src/cli/commands/train-folder.host.ts";
import { parseOptions } from "../../src/cli/options.ts";
import { trainSpec } from "../../src/cli/train-spec.ts";
import { openRun } from "../../src/cli/training-run.host.ts";
import { encodePng } from "../../src/image/encode.ts";
import { Model } from "../../src/nn/model.ts";
import { shapesDataset } from "../../src/train/data/shapes/shapes.ts";
import { loadModel } from "../../weights/load.ts";
import { saveModelFile } from "../../weights/save.host.ts";
import { fillWeights, sequential } from "../nn/support.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { outcome, start, temporaryFolder } from "./command.ts";
import { Notebook } from "./notebook.ts";

const host = useEngine();
const folder = temporaryFolder();
const pictures = join(folder, "pictures");
const base = join(folder, "base.safetensors");
const words: Words = {
  base: [base],
  freeze: ["conv1"],
  epochs: ["2"],
  batch: ["4"],
  validation: ["0.25"],
  lr: ["0.01"],
};

/** Eight pictures each of two classes. */
async function drawPictures(): Promise<void> {
  const shapes = shapesDataset({ count: 48, size: 32 });
  for (let i = 0; i < shapes.length; i++) {
    if (i % 6 > 1) continue;
    const dir = join(pictures, i % 6 === 0 ? "one" : "other");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${i}.png`), await encodePng(shapes.scene(i).image));
  }
}

/** Two convolutions, batch norm, dropout, and a classifier for one size. */
async function saveBase(): Promise<void> {
  const conv = { kernel_size: 3, padding: "same", activation: "relu" };
  using model = Model.fromConfig(
    host.engine,
    sequential(
      [24, 24, 3],
      [
        ["Conv2D", { name: "conv1", filters: 4, strides: 2, ...conv }],
        ["Dropout", { name: "drop", rate: 0.25 }],
        ["Conv2D", { name: "conv2", filters: 6, strides: 2, ...conv }],
        ["BatchNormalization", { name: "norm" }],
        ["Flatten", { name: "flat" }],
        ["Dense", { name: "old", units: 9, activation: "softmax" }],
      ],
    ),
  );
  fillWeights(model);
  model.preprocessing = "tf";
  await saveModelFile(model, base);
}

interface Taken {
  readonly words?: Words;
  readonly resume?: boolean;
  /** Steps of this call, as Ctrl-C does it. */
  readonly stopAfter?: number;
  readonly dir?: string;
  readonly skipBad?: boolean;
}

async function train(name: string, taken: Taken = {}): Promise<{ finished: boolean; notebook: Notebook; out: string }> {
  const { resume = false, stopAfter = Number.POSITIVE_INFINITY, dir = pictures, skipBad = false } = taken;
  const stop = new AbortController();
  let steps = 0;
  const notebook = new Notebook((what) => {
    if (what.startsWith("epoch") && ++steps === stopAfter) stop.abort();
  });
  const out = join(folder, name);
  const checkpoint = join(out, "checkpoint.safetensors");
  const job = {
    engine: host.engine,
    listing: listClasses(dir),
    words: taken.words ?? words,
    skipBad,
    keras: true,
    ...{ out, checkpoint, resume: openRun(out, { checkpoint, resume }), signal: stop.signal },
  };
  return { finished: await trainFolder(job, notebook), notebook, out };
}

const made = [
  "checkpoint.safetensors",
  "contact-sheet.png",
  "history.json",
  "model.h5",
  "model.safetensors",
  "report.html",
];
const bytesOf = (out: string) => readFileSync(join(out, "model.safetensors"));

describe("a run", () => {
  it("that was interrupted ends with the same bytes as one that was not", { timeout: 60_000 }, async () => {
    await drawPictures();
    await saveBase();
    const whole = await train("whole");
    expect(whole.finished).toBe(true);
    expect(readdirSync(whole.out).sort()).toEqual(made);
    expect(whole.notebook.lines).toContain('The outputs of "conv1" are computed once and kept in memory (1 MiB).');
    const history = JSON.parse(readFileSync(join(whole.out, "history.json"), "utf8"));
    expect(history).toMatchObject({ classNames: ["one", "other"], frozen: ["conv1"], validation: { examples: 4 } });
    expect(history.confusion.flat().reduce((sum: number, count: number) => sum + count, 0)).toBe(4);
    const page = readFileSync(join(whole.out, "report.html"), "utf8");
    for (const title of ["CAM", "Grad-CAM", "Guided Grad-CAM"]) expect(page).toContain(`alt="${title} of `);

    expect(await train("parts", { stopAfter: 2 })).toMatchObject({ finished: false });
    expect(readdirSync(join(folder, "parts"))).toEqual(["checkpoint.safetensors"]);
    const second = await train("parts", { resume: true });
    expect(second.notebook.lines).toContain("Going on in epoch 1, after 2 batches.");
    expect(bytesOf(second.out).equals(bytesOf(whole.out))).toBe(true);
  });

  it("leaves a model for its own size, with the base's preprocessing and frozen weights", async () => {
    using trained = await loadModel(host.engine, join(folder, "whole", "model.safetensors"));
    using keras = await loadModel(host.engine, join(folder, "whole", "model.h5"));
    using before = await loadModel(host.engine, base);
    expect(trained).toMatchObject({ inputShape: [null, 24, 24, 3], preprocessing: "tf", classNames: ["one", "other"] });
    const conv1 = await before.readWeight("conv1", "kernel");
    expect(await trained.readWeight("conv1", "kernel")).toEqual(conv1);
    expect(await keras.readWeight("conv1", "kernel")).toEqual(conv1);
    const conv2 = await trained.readWeight("conv2", "kernel");
    expect(conv2).not.toEqual(await before.readWeight("conv2", "kernel"));
  });

  it("goes on from a model that has the head already", async () => {
    const model = join(folder, "whole", "model.safetensors");
    const { notebook } = await train("second", { words: { ...words, base: [model], epochs: ["1"], lr: ["1e-9"] } });
    expect(notebook.notes).toContain(
      `${model} has this head for these classes already: training goes on from its weights.`,
    );
    using first = await loadModel(host.engine, model);
    using second = await loadModel(host.engine, join(folder, "second", "model.safetensors"));
    const [a, b] = [await first.readWeight("head_scores", "kernel"), await second.readWeight("head_scores", "kernel")];
    expectClose(b, a, { atol: 1e-6, rtol: 0 }, "the head");
  });

  it("with augmentation computes everything anew; another size and head", { timeout: 60_000 }, async () => {
    const changed = { ...words, augment: ["shift=0.1,flip,shear=0.2"], head: ["flatten"], size: ["20"], epochs: ["1"] };
    const { finished, notebook, out } = await train("augmented", { words: changed });
    expect(finished).toBe(true);
    expect(notebook.lines.join("\n")).not.toContain("computed once");
    using model = await loadModel(host.engine, join(out, "model.safetensors"));
    expect(model.inputShape).toEqual([null, 20, 20, 3]);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("No cam: it is not defined for this head.");
  });
});

describe("what it refuses", () => {
  it("a checkpoint of another architecture, or of other pictures", async () => {
    const other = { ...words, head: ["flatten"] };
    await expect(train("whole", { resume: true, words: other })).rejects.toThrow(/is of another architecture/);
    const fewer = join(folder, "fewer");
    for (const name of ["one", "other"]) {
      mkdirSync(join(fewer, name), { recursive: true });
      for (const file of readdirSync(join(pictures, name)).slice(0, 3))
        copyFileSync(join(pictures, name, file), join(fewer, name, file));
    }
    await expect(train("whole", { resume: true, dir: fewer })).rejects.toThrow(/has other pictures than the run/);
  });

  it("pictures that cannot be read, unless they are to be skipped: then they are listed", async () => {
    const dir = join(folder, "fewer");
    for (const name of ["a.png", "b.jpg"]) writeFileSync(join(dir, "one", name), "no picture");
    await expect(train("bad", { dir })).rejects.toThrow(/2 of 8 pictures.*--skip-bad:\n.*a\.png.*\n.*b\.jpg/);
    const { notebook } = await train("good", { dir, skipBad: true, words: { ...words, epochs: ["1"] } });
    expect(notebook.notes.filter((note) => /^Left out .*(a\.png|b\.jpg): /.test(note))).toHaveLength(2);
  });

  it("folders that are no classes", async () => {
    const dir = join(folder, "classes");
    mkdirSync(join(dir, "one"), { recursive: true });
    expect(() => listClasses(dir)).toThrow(/has one class only, "one"/);
    mkdirSync(join(dir, "none"));
    copyFileSync(join(pictures, "one", "0.png"), join(dir, "one", "0.png"));
    await expect(train("empty", { dir })).rejects.toThrow(/the class "none" has no pictures/);
  });

  it("layers, sizes and bases that do not fit", async () => {
    await expect(train("e1", { words: { ...words, freeze: ["until:conv3"] } })).rejects.toThrow(
      /did you mean "conv\d"/,
    );
    await expect(train("e2", { words: { ...words, freeze: ["block*"] } })).rejects.toThrow(
      /no layer that fits block\*/,
    );
    await expect(train("e3", { words: { ...words, size: ["3"] } })).rejects.toThrow(
      /3 x 3 are too small .*Its own size/,
    );
    const flat = join(folder, "flat.safetensors");
    using model = Model.fromConfig(host.engine, sequential([4], [["Dense", { name: "dense", units: 2 }]]));
    fillWeights(model);
    await saveModelFile(model, flat);
    await expect(train("e4", { words: { ...words, base: [flat] } })).rejects.toThrow(/no feature maps/);
  });

  it("options that make no sense", () => {
    const refused = (changes: Words) => () => settingsOf({ ...words, ...changes });
    expect(refused({ augment: ["shfit=1"] })).toThrow('did you mean "shift"?');
    expect(refused({ augment: ["shift"] })).toThrow("shift needs a number");
    expect(refused({ validation: ["1"] })).toThrow("a share between 0 and 1");
    expect(refused({ head: ["gpa"] })).toThrow('did you mean "gap"?');
    expect(settingsOf({ freeze: ["a,/b{1,2}/", "c"] })).toMatchObject({ freeze: ["a", "/b{1,2}/", "c"], lr: 1e-4 });
    expect(settingsOf({})).toMatchObject({ freeze: ["all"], lr: 1e-3, base: "efficientnet-lite0", head: "gap" });
  });
});

describe("the command", () => {
  it("goes on with the options that it was begun with, and no others", { timeout: 60_000 }, async () => {
    const out = join(folder, "command");
    const child = start(["train", "folder", pictures, "--base", base, "--out", out, "--epochs", "5000"]);
    child.stdout.on("data", (text: string) => {
      if (text.includes("Epoch 1 of")) child.kill("SIGINT");
    });
    const { code, stdout, stderr } = await outcome(child);
    expect(code, stderr).toBe(130);
    expect(stdout).toContain(`Go on with: backlight train folder ${pictures} --resume --out ${out}\n`);
    const run = async (...args: string[]) =>
      await runTrain(parseOptions(trainSpec, ["folder", pictures, ...args]), new Notebook());
    await expect(run("--resume", "--out", out, "--lr", "0.5")).rejects.toThrow("--lr 0.001, which is 0.5 now");
    await expect(run("--net", "gap")).rejects.toThrow("it is one of train mnist");
    await expect(run("--out", join(folder, "whole"))).rejects.toThrow("has a run already");
  });

  it("prints a matrix of few classes, and the mistakes among many", () => {
    expect(
      confusionLines(
        [
          [10, 2],
          [0, 11],
        ],
        ["cat", "dog"],
      ).slice(1),
    ).toEqual(["       (0) (1)", "  cat   10   2  (0)", "  dog    0  11  (1)"]);
    const names = Array.from({ length: 30 }, (_, i) => `class ${i}`);
    const counts = names.map((_, i) => names.map((_, k) => (i === k ? 5 : Number(i === 3 && k === 7) * 2)));
    expect(confusionLines(counts, names)).toEqual(["Most often mistaken:", "  2 x class 3 for class 7"]);
  });
});
