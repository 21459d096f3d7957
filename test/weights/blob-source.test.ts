import { expect, test } from "vitest";
import { blobSource } from "../../weights/blob-source.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";
import { readFixture } from "../support/fixture.ts";

/** A Keras file behind which stand more bytes than a window holds. */
async function chosenFile(): Promise<{ bytes: Uint8Array<ArrayBuffer>; file: File }> {
  const keras = await readFixture("fixtures/weights/weights.h5");
  const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => keras[i] ?? i * 31);
  return { bytes, file: new File([bytes], "mine.h5") };
}

test("a File is named and gives its bytes; a Blob has no name", async () => {
  const { bytes, file } = await chosenFile();
  const source = await blobSource(file);
  expect([source.name, source.size]).toEqual(["mine.h5", bytes.length]);
  expect(source.read(1000, 2000)).toEqual(bytes.slice(1000, 3000));
  expect(() => source.read(bytes.length - 2, 4)).toThrow("mine.h5: wanted bytes 199998 to 200002");
  source.close();
  expect(() => source.read(0, 1)).toThrow("mine.h5: read after close()");
  expect((await blobSource(new Blob([bytes]))).name).toBe("the file");
});

test("a Blob that cannot be read any more is one clear error", async () => {
  const { file } = await chosenFile();
  file.arrayBuffer = () => Promise.reject(new Error("The file was changed."));
  await expect(blobSource(file)).rejects.toThrow(
    "mine.h5 cannot be read: The file was changed. Choose the file again.",
  );
});

test("a file larger than is given at once is told from one that is gone", async () => {
  const { file } = await chosenFile();
  file.arrayBuffer = () => Promise.reject(new Error("The file could not be read."));
  Object.defineProperty(file, "size", { value: 6.44e9 });
  await expect(blobSource(file)).rejects.toThrow("mine.h5 has 6.4 GB, more than this page can hold at once");
  file.slice = () => file;
  await expect(blobSource(file)).rejects.toThrow("mine.h5 cannot be read: The file could not be read.");
});

const inBrowser = typeof document !== "undefined";

test.runIf(inBrowser)("in a browser's worker a File is read range by range, with the same result", async () => {
  const { bytes, file } = await chosenFile();
  const worker = new Worker(new URL("./blob-worker.ts", import.meta.url), { type: "module" });
  const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(file);
  });
  worker.terminate();
  const keras = await openKerasH5(bytesSource(bytes, "mine.h5"));
  const weights = keras.layers.flatMap((layer) => layer.weights.map(({ name, read }) => ({ name, values: read() })));
  keras.close();
  expect(weights).toHaveLength(8);
  expect(answer).toEqual({
    name: "mine.h5",
    weights,
    pastEnd: expect.stringContaining("mine.h5: wanted bytes 199998 to 200002"),
    across: [...bytes.slice(70_000, 170_000)],
    closed: expect.stringContaining("mine.h5: read after close()"),
  });
});
