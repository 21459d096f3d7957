// A data set like MNIST, drawn by a formula: each digit is a bar at a place of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "fflate";
import { idxFile } from "../support/idx-file.ts";

const side = 28;

/** Writes the four files, two of them packed.
 * @param folder is made
 * @returns it */
export function writeMnist(folder: string, counts: { readonly train: number; readonly test: number }): string {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of [["train", counts.train] as const, ["t10k", counts.test] as const]) {
    const labels = Array.from({ length: count }, (_, i) => i % 10);
    const pixels = labels.flatMap((label, i) => pictureOf(label, i));
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), idxFile([count, side, side], pixels));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte.gz`), gzipSync(idxFile([count], labels)));
  }
  return folder;
}

/** [28, 28] samples, light on dark; the example's number shakes the bar a little. */
export function pictureOf(label: number, example: number): number[] {
  const [left, top] = [4 + 2 * label, 3 + (example % 3)];
  return Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return x >= left && x < left + 3 && y >= top && y < top + 20 ? 255 - (example % 50) : 0;
  });
}
