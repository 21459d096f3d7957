// MNIST's files found, read and fetched; the options of `backlight train mnist`; what is refused before any work.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetchMnist, mnistFolder, readMnist } from "../../src/cli/commands/mnist-data.host.ts";
import { digitsOf, givenSettings, keptSettings, newSettings } from "../../src/cli/commands/mnist-settings.ts";
import { parseOptions } from "../../src/cli/options.ts";
import { trainSpec } from "../../src/cli/train-spec.ts";
import { openRun } from "../../src/cli/training-run.host.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { BacklightError, DatasetError, WeightsFormatError } from "../../src/errors.ts";
import { idxFile } from "../support/idx-file.ts";
import { backlight, temporaryFolder } from "./command.ts";
import { pictureOf, writeMnist } from "./mnist-folder.ts";

const folder = temporaryFolder();

describe("MNIST's files", () => {
  it("are found packed or not, and a twelfth of the training pictures is kept", async () => {
    const { train, validation, test } = await readMnist(
      mnistFolder(writeMnist(join(folder, "ok"), { train: 60, test: 7 })),
      0,
    );
    expect([train.length, validation.length, test.length]).toEqual([55, 5, 7]);
    expect(await test.get(3)).toEqual({ x: Float32Array.from(pictureOf(3, 3), (value) => value / 255), y: 3 });
    expect(test.classNames).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });

  it("are named when they are missing", () => {
    const dir = join(folder, "half");
    mkdirSync(dir);
    writeFileSync(join(dir, "train-images.idx3-ubyte"), "");
    writeFileSync(join(dir, "t10k-labels-idx1-ubyte.gz"), "");
    expect(() => mnistFolder(dir)).toThrow(BacklightError);
    expect(() => mnistFolder(dir)).toThrow(
      /half has no train-labels-idx1-ubyte, no t10k-images-idx3-ubyte \(or \.gz\)/,
    );
  });

  it.each([
    [
      "a label out of range",
      [
        [60, 28, 28],
        [...Array(59).fill(1), 12],
      ],
      /image 59 has the label 12, but labels are 0 to 9/,
    ],
    ["labels of another set", [[60, 28, 28], Array(59).fill(1)], /there are 60 images but 59 labels/],
    ["pictures of another size", [[60, 20, 20], Array(60).fill(1)], /pictures of 20 x 20; MNIST's are 28 x 28/],
    [
      "too few pictures",
      [
        [3, 28, 28],
        [1, 2, 3],
      ],
      /3 examples/,
    ],
  ] as const)("%s: the message names the files", async (what, [shape, labels], message) => {
    const dir = writeMnist(join(folder, what), { train: 1, test: 7 });
    const [count, height, width] = shape;
    writeFileSync(join(dir, "train-images-idx3-ubyte"), idxFile(shape, Array(count * height * width).fill(0)));
    writeFileSync(join(dir, "train-labels-idx1-ubyte"), idxFile([labels.length], labels as number[]));
    const reading = readMnist(mnistFolder(dir), 0);
    await expect(reading).rejects.toThrow(DatasetError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow("train-images-idx3-ubyte");
  });

  it("are asked of a mirror one by one, and other bytes than MNIST's are refused", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(200, { "content-length": 5 }).end("12345");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const dirs = { cacheDir: join(folder, "cache"), kerasDir: join(folder, "keras"), retries: 0 };
      const fetching = fetchMnist({ ...dirs, baseUrl: `http://127.0.0.1:${port}/mirror` });
      await expect(fetching).rejects.toThrow(/MNIST, train images.*\n.*has 5 bytes, the right one has 9912422/);
      expect(asked).toEqual(["/mirror/mnist/train-images-idx3-ubyte.gz"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

const parsed = (...args: string[]) => parseOptions(trainSpec, ["mnist", ...args]);

describe("the options", () => {
  it("of a new run are the given ones and the defaults", () => {
    const plain = { net: "dense", epochs: 5, batch: 64, seed: 0, patience: 3 };
    expect(newSettings(givenSettings(parsed()))).toEqual({ ...plain, lr: 0.002 });
    expect(newSettings(givenSettings(parsed("--net", "gap")))).toEqual({ ...plain, net: "gap", lr: 0.01 });
    const given = givenSettings(parsed("--net", "gap", "--epochs", "2", "--lr", "1e-3", "--seed", "7"));
    expect(newSettings(given)).toEqual({ ...plain, net: "gap", epochs: 2, lr: 0.001, seed: 7 });
    expect(digitsOf()).toEqual([1, 7, 9]);
    expect(digitsOf("3, 0,3")).toEqual([3, 0]);
  });

  it("of a run that is taken up are its own", () => {
    const own = newSettings({ net: "gap", batch: 32 });
    expect(keptSettings({ ...own }, { batch: 32 }, "c")).toEqual(own);
    expect(() => keptSettings(own, { batch: 64 }, "c")).toThrow("begun with --batch 32, which is 64 now");
    for (const other of [null, {}, { ...own, net: "vgg16" }, { ...own, epochs: 0.5 }, { ...own, lr: "1" }])
      expect(() => keptSettings(other, {}, "c.safetensors")).toThrow(WeightsFormatError);
  });

  it.each([
    ["--lr", "0", /--lr is "0", but it must be a number above 0/],
    ["--lr", "fast", /--lr is "fast"/],
    ["--epochs", "0", /whole number of at least 1/],
    ["--classes", "1,12", /--classes has "12"; it wants digits/],
    ["--classes", "1,,2", /--classes has ""/],
  ])("%s %s is refused", (name, value, message) => {
    const options = parsed(name, value);
    const check = () => [givenSettings(options), digitsOf(options.get("classes"))];
    expect(check).toThrow(UsageError);
    expect(check).toThrow(message);
  });

  it("say what is trained", async () => {
    const { code, stderr } = await backlight(["train", "mnits"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "mnist"?') });
  });
});

describe("the folder of a run", () => {
  it("is one with a checkpoint to go on with, and one without for a new run", () => {
    const dir = join(folder, "run");
    const checkpoint = join(dir, "checkpoint.safetensors");
    expect(() => openRun(dir, { checkpoint, resume: true })).toThrow(/run has no checkpoint to go on from/);
    expect(openRun(dir, { checkpoint, resume: false })).toBeUndefined();
    writeFileSync(checkpoint, "half of a file");
    expect(() => openRun(dir, { checkpoint, resume: false })).toThrow(/has a run already.*--resume.*--out/);
    expect(() => openRun(dir, { checkpoint, resume: true })).toThrow(WeightsFormatError);
    expect(() => openRun("/dev/null/x", { checkpoint: "/dev/null/x/c", resume: false })).toThrow(/cannot write to/);
  });
});
