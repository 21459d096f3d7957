import { expect, test, vi } from "vitest";
import { bytesSource } from "../../weights/byte-source.ts";
import { readFixture } from "../support/fixture.ts";

test("a plain file is read without the HDF5 library being started, any other with it", async () => {
  let starts = 0;
  vi.resetModules();
  vi.doMock("h5wasm", () => {
    starts++;
    throw new Error("the library was started");
  });
  try {
    const { openModelFile } = await import("../../weights/open.ts");
    const open = async (path: string) => await openModelFile(bytesSource(await readFixture(`fixtures/${path}`), path));
    for (const path of ["weights/model.h5", "keras3/functional.weights.h5", "keras3/sequential-float16.keras"]) {
      const file = await open(path);
      const values = file.layers.flatMap(({ weights }) => weights.map((weight) => weight.read()));
      expect(values.length).toBeGreaterThan(2);
      file.close();
    }
    expect(starts).toBe(0);
    await expect(open("weights/model-gzip.h5")).rejects.toThrow();
    expect(starts).toBe(1);
  } finally {
    vi.doUnmock("h5wasm");
    vi.resetModules();
  }
});
