// idx files, packed or not, sound or damaged; and MNIST itself where it is at hand.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { arrayDataset } from "../../src/train/data/arrays.ts";
import { idxDataset } from "../../src/train/data/idx.ts";
import { idxFile } from "../support/idx-file.ts";

const images = idxFile([3, 2, 2], [0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8]);
const labels = idxFile([3], [1, 0, 2]);

describe("idxDataset", () => {
  it.each([
    ["plain", images, labels],
    ["gzip", gzipSync(images), gzipSync(labels)],
  ])("reads %s files", (_, pictures, classes) => {
    const data = idxDataset(pictures, classes, { classNames: ["zero", "one", "two"] });
    expect(data.length).toBe(3);
    expect(data.inputShape).toEqual([2, 2, 1]);
    expect(data.get(0)).toEqual({ x: Float32Array.of(0, 0.2, 0.4, 1), y: 1 });
    expect(data.get(2)).toEqual({ x: Float32Array.of(5 / 255, 6 / 255, 7 / 255, 8 / 255), y: 2 });
    expect(() => data.get(3)).toThrow("the data set has no example 3: it has 3, from 0 to 2.");
  });

  it("reads a file that unpacks in many pieces", () => {
    const many = idxFile(
      [50, 40, 40],
      Array.from({ length: 80_000 }, (_, i) => (i * 7919) % 251),
    );
    const data = idxDataset(gzipSync(many), idxFile([50], new Array<number>(50).fill(1)));
    expect(data.get(49)).toEqual({
      x: Float32Array.from({ length: 1600 }, (_, i) => (((78_400 + i) * 7919) % 251) / 255),
      y: 1,
    });
  });

  const damaged = gzipSync(images);
  damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1;
  it.each([
    [
      "swapped files",
      labels,
      images,
      "the images: the idx file has 1 axes; 3 are wanted: number, height, width. Images",
    ],
    ["another file", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), labels, "no idx file: it begins with 89 50 4e 47"],
    ["an empty file", new Uint8Array(), labels, "it begins with nothing"],
    ["floats", idxFile([3, 2, 2], [], 13), labels, "numbers of type 13; unsigned bytes (8) are wanted"],
    ["a cut header", images.subarray(0, 10), labels, "ends within its header"],
    ["cut pixels", images.subarray(0, 20), labels, "the header announces 28 bytes, the file has only 20"],
    ["too many pixels", Uint8Array.from([...images, 0]), labels, "the header announces 28 bytes, the file has more"],
    ["a bomb", gzipSync(new Uint8Array(idxFile([1, 1, 1], new Array<number>(300_000).fill(0)))), labels, "has more"],
    ["a cut archive", gzipSync(images).subarray(0, 24), labels, "the images"],
    ["a wrong checksum", damaged, labels, "the checksum is wrong"],
    ["counts that differ", images, idxFile([2], [0, 1]), "there are 3 images but 2 labels"],
    ["a label that is no class", images, idxFile([3], [0, 1, 3]), "image 2 has the label 3, but labels are 0 to 2"],
  ])("refuses %s", (_, pictures, classes, message) => {
    expect(() => idxDataset(pictures, classes, { classNames: ["zero", "one", "two"] })).toThrow(message);
  });

  const mnist = new URL("../../../shared/assets/mnist/", import.meta.url);
  it.skipIf(!existsSync(mnist))("reads MNIST's test set (skipped without ../shared/assets/mnist)", () => {
    const file = (name: string) => new Uint8Array(readFileSync(new URL(name, mnist)));
    const data = idxDataset(file("t10k-images-idx3-ubyte.gz"), file("t10k-labels-idx1-ubyte.gz"));
    expect([data.length, data.inputShape]).toEqual([10_000, [28, 28, 1]]);
    const first = [0, 1, 2, 3, 4].map((i) => data.get(i)).map((sample) => "y" in sample && sample.y);
    expect(first).toEqual([7, 2, 1, 0, 4]);
  });
});

describe("arrayDataset", () => {
  const x = new Float32Array(6);
  it.each([
    [
      "numbers left over",
      () => arrayDataset(x, [0], { inputShape: [4] }),
      "x has 6 numbers, which is no multiple of the 4",
    ],
    ["missing labels", () => arrayDataset(x, [0], { inputShape: [2] }), "y has 1 labels, but x has 3 examples"],
    ["targets left over", () => arrayDataset(x, new Float32Array(4), { inputShape: [2] }), "y has 4 targets"],
    ["broken labels", () => arrayDataset(x, [0, 1, 0.5], { inputShape: [2] }), "example 2 has the label 0.5"],
    ["a shape that is none", () => arrayDataset(x, [0], { inputShape: [0] }), "inputShape is [0]"],
  ])("refuses %s", (_, make, message) => expect(make).toThrow(message));
});
