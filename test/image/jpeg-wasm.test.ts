import { describe, expect, it } from "vitest";
import { BacklightError } from "../../src/errors.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { initJpeg, setJpegWasm } from "../../src/image/jpeg-wasm.ts";
import { bytesOf, readImageFixture } from "./support.ts";

describe("the JPEG decoder's WebAssembly", () => {
  it("is found without help in this host, once", async () => {
    const wasm = await initJpeg();
    expect(wasm.subarray(0, 4)).toEqual(bytesOf("\0asm"));
    expect(await initJpeg()).toBe(wasm);
  });

  it("can be given by the host", async () => {
    const wasm = (await initJpeg()).slice();
    setJpegWasm(wasm);
    expect(await initJpeg()).toBe(wasm);
    expect(await decodeImage(await readImageFixture("gray.jpg"))).toMatchObject({ width: 37, height: 29 });
  });

  it("is refused when it is something else, an index page for example", async () => {
    const before = await initJpeg();
    expect(() => setJpegWasm(bytesOf("<!doctype html>"))).toThrow(BacklightError);
    expect(await initJpeg()).toBe(before);
  });
});
