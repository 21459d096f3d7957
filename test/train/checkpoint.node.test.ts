// A run's state as a file: every bit comes back, damage and other architectures are refused, and a disk that fills up
// leaves the old file whole.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BacklightError, WeightsFormatError } from "../../src/errors.ts";
import { mnistConfig } from "../../src/nn/applications/mnist.ts";
import { uniform } from "../../src/random.ts";
import type { Snapshot } from "../../src/train/fit.ts";
import { BlobSink } from "../../weights/byte-sink.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { assertSameModel, type Checkpoint, readCheckpoint, writeCheckpoint } from "../../weights/checkpoint.ts";
import { progressOf, readProgress } from "../../weights/checkpoint-progress.ts";
import { writeSafetensors } from "../../weights/safetensors-write.ts";
import { FileSink, writeWhole } from "../../weights/save.host.ts";
import { temporaryFolder } from "../cli/command.ts";

const slots = [
  { layer: "block/conv", name: "kernel", shape: [3, 3, 1, 2] },
  { layer: "block/conv", name: "bias", shape: [2] },
];
const weightsOf = (seed: string) =>
  slots.map(({ layer, name, shape }) => {
    const values = uniform(
      `${seed} ${name}`,
      shape.reduce((a, b) => a * b),
    );
    return { layer, name, values };
  });
/** Bits that arithmetic would lose. */
const odd = Float32Array.of(-0, 1e-45, Number.NaN, Number.NEGATIVE_INFINITY);

const seen = { examples: 55_000, loss: 0.1 + 0.2, accuracy: 0.987654321 };
const snapshot: Snapshot = {
  trainer: {
    step: 1234,
    weights: weightsOf("weights"),
    optimizer: { name: "adam", step: 1233, slots: { "momentum/0": odd, "velocity/0": uniform("v", 18) } },
  },
  position: { epoch: 2, batch: 17, sums: { examples: 1088, lossSum: 1 / 3, correct: 1000 } },
  history: [
    { epoch: 0, ...seen, validation: { ...seen, loss: Number.POSITIVE_INFINITY }, seconds: 12.5 },
    { epoch: 1, ...seen, accuracy: undefined, seconds: Number.NaN },
  ],
  best: { epoch: 0, loss: 0.0625, weights: weightsOf("best") },
};
const checkpoint: Checkpoint = { snapshot, config: mnistConfig("gap"), settings: { net: "gap", lr: 0.003 } };

async function written(one: Checkpoint = checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new BlobSink();
  await writeCheckpoint(one, sink);
  return new Uint8Array(await sink.finish().arrayBuffer());
}

const read = (bytes: Uint8Array) => readCheckpoint(bytesSource(bytes, "run.safetensors"));
const bitsOf = (values: Float32Array) => Array.from(new Uint32Array(values.slice().buffer));

describe("a checkpoint", () => {
  it("comes back as it was", async () => {
    const back = read(await written());
    expect(back).toEqual(checkpoint);
    const { weights, optimizer } = back.snapshot.trainer;
    expect(weights.map(({ values }) => bitsOf(values))).toEqual(
      weightsOf("weights").map(({ values }) => bitsOf(values)),
    );
    expect(bitsOf(optimizer.slots["momentum/0"] ?? new Float32Array())).toEqual(bitsOf(odd));
    expect(await written(back)).toEqual(await written());
  });

  it("comes back from a run that has no best epoch and no labels", async () => {
    const { best: _best, ...rest } = snapshot;
    const plain: Checkpoint = {
      ...checkpoint,
      snapshot: { ...rest, position: { epoch: 0, batch: 3, sums: { examples: 9, lossSum: 2, correct: undefined } } },
    };
    expect(read(await written(plain))).toEqual(plain);
  });

  it("is refused wherever a bit of it is another, and where it is cut short", async () => {
    const bytes = await written();
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => read(damaged), `byte ${at}`).toThrow(WeightsFormatError);
    }
    for (const length of [0, 7, 100, bytes.length - 1])
      expect(() => read(bytes.subarray(0, length))).toThrow(WeightsFormatError);
  });

  it.each([
    ["a model", { format: "backlight" }, /run\.safetensors is no checkpoint: .*"backlight"/],
    ["a stranger's file", {}, /is no checkpoint: .*"unknown"/],
    ["a later layout", { format: "backlight-checkpoint", version: "2" }, /layout 2; this Backlight reads layout 1/],
  ])("%s is not one", (_, metadata: Record<string, string>, message) => {
    const file = writeSafetensors([], metadata, { dtype: "F32" });
    expect(() => read(file)).toThrow(WeightsFormatError);
    expect(() => read(file)).toThrow(message);
  });
});

describe("the progress in a checkpoint", () => {
  it.each([
    [{}, "run.safetensors: progress.trainer is missing; an object is wanted"],
    [{ trainer: { step: -1, optimizer: { name: "adam", step: 0 } } }, "progress.trainer.step is -1; a whole number"],
    [{ trainer: { step: 1, optimizer: { name: 5, step: 0 } } }, "progress.trainer.optimizer.name is 5; a text"],
    [
      { ...JSON.parse(progressOf(snapshot)), history: [{ epoch: 0, examples: 1 }] },
      "history[0].loss is missing; a num",
    ],
    [{ ...JSON.parse(progressOf(snapshot)), history: {} }, "progress.history is {}; a list"],
  ])("%j is refused", (progress, message) => {
    expect(() => readProgress(progress, "run.safetensors")).toThrow(WeightsFormatError);
    expect(() => readProgress(progress, "run.safetensors")).toThrow(message);
  });
});

describe("another architecture", () => {
  const model = { name: "mnist-gap", config: mnistConfig("gap"), weightSlots: () => slots };
  const assertSame = (changes: object) => assertSameModel(checkpoint, { ...model, ...changes }, "run.safetensors");

  it("is refused, its weights or its options", () => {
    expect(() => assertSame({})).not.toThrow();
    const config = mnistConfig("dense");
    expect(() => assertSame({ config })).toThrow(/of another architecture: that of "mnist-gap".*other options/);
    const more = [...slots, { layer: "dense", name: "kernel", shape: [4, 10] }];
    expect(() => assertSame({ weightSlots: () => more })).toThrow(/"mnist-gap", which has dense\/kernel 4x10/);
    const wider = slots.map((slot) => ({ ...slot, shape: slot.shape.map((extent) => 2 * extent) }));
    expect(() => assertSame({ weightSlots: () => wider })).toThrow(WeightsFormatError);
  });
});

describe("a disk that fills up while a checkpoint is saved", () => {
  class FullDisk extends FileSink {
    override write(bytes: Uint8Array): void {
      if (this.sizeBytes + bytes.length > 2000) throw new BacklightError("ENOSPC: no space left on device");
      super.write(bytes);
    }
  }

  it("leaves the old one whole, and nothing else", async () => {
    const path = join(temporaryFolder(), "checkpoint.safetensors");
    await writeWhole(new FileSink(path, { overwrite: true }), (sink) => writeCheckpoint(checkpoint, sink));
    const old = readFileSync(path);
    expect(old.length).toBeGreaterThan(2000);
    const later = { ...checkpoint, settings: "changed" };
    const full = new FullDisk(path, { overwrite: true });
    await expect(writeWhole(full, (sink) => writeCheckpoint(later, sink))).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(path).equals(old)).toBe(true);
    expect(readdirSync(join(path, ".."))).toEqual(["checkpoint.safetensors"]);
    await writeWhole(new FileSink(path, { overwrite: true }), (sink) => writeCheckpoint(later, sink));
    expect(read(readFileSync(path)).settings).toBe("changed");
  });
});
