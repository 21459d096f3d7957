import { expect } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import type { ModelFile } from "../../weights/model-file.ts";

/** Opens a file and reads all of it: 1 when that was refused, 0 when all went well; any other kind of error is thrown. */
export async function readAll(open: () => Promise<ModelFile>): Promise<0 | 1> {
  try {
    const file = await open();
    try {
      for (const weight of file.layers.flatMap((layer) => layer.weights)) weight.read();
    } finally {
      file.close();
    }
    return 0;
  } catch (error) {
    if (error instanceof WeightsFormatError) return 1;
    throw error;
  }
}

/** What a refusal says; anything but a WeightsFormatError fails the test. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsFormatError);
    return String(error);
  }
  throw new Error("nothing was thrown");
}
