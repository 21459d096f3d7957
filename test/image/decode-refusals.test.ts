import { describe, expect, it } from "vitest";
import { ImageFormatError } from "../../src/errors.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { bytesOf, handMadePng, join, noise, pngChunk, readImageFixture } from "./support.ts";

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await decodeImage(bytes).then(
    (image) => `decoded to ${image.width}x${image.height}`,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImageFormatError);
  return (error as ImageFormatError).message;
}

describe("decodeImage names what it was given instead of a picture", () => {
  it.each([
    ["empty.png", "an empty file (0 bytes)"],
    ["text.png", "a text file"],
    ["other.gif", "a GIF image"],
    ["other.webp", "a WebP image"],
    ["other.bmp", "a BMP image"],
    ["other.tiff", "a TIFF image"],
  ])("%s", async (name, words) => {
    expect(await refusal(await readImageFixture(name))).toContain(`got ${words}, but reads PNG and JPEG only`);
  });

  it.each([
    ["<!DOCTYPE html><p>Not found", "an HTML page"],
    ['<?xml version="1.0"?><svg xmlns="x"/>', "an SVG drawing"],
    ["version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"],
    ["\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"],
    ["PK\x03\x04....", "a zip archive"],
    ["\0\0\0\x20ftypavif", "an AVIF image"],
    ["\0\0\0\x18ftypheic", "a HEIC image"],
    ["\x89PNG\n\x1a\n\0\0", "a PNG whose signature is damaged"],
    ["\x01\x02\x03\x04", "data of an unknown format"],
  ])("%j", async (start, words) => {
    expect(await refusal(bytesOf(start))).toContain(words);
  });
});

describe("decodeImage refuses PNG files that", () => {
  it("claim 60000x60000 pixels in 65 bytes", async () => {
    const bytes = await readImageFixture("giant.png");
    expect(bytes.length).toBeLessThan(70);
    expect(await refusal(bytes)).toContain("60000x60000 = 3600000000 pixels, but at most 67108864 are allowed");
  });

  it("are cut off anywhere", async () => {
    const bytes = await readImageFixture("rgb8.png");
    for (let length = 8; length < bytes.length; length++) {
      expect(await refusal(bytes.subarray(0, length))).toMatch(/truncated|inside its header/);
    }
  });

  it("hold fewer pixels than their header says", async () => {
    const message = await refusal(handMadePng({ width: 4, height: 3, rows: new Uint8Array(13) }));
    expect(message).toContain("truncated: they end after 13 of 39 bytes");
  });

  it("have a wrong checksum, row filter, palette or zlib stream", async () => {
    const good = await readImageFixture("palette4.png");
    expect(await refusal(good.with(60, (good[60] ?? 0) ^ 1))).toMatch(/checksum differs/);
    const filter = handMadePng({ width: 1, height: 1, rows: Uint8Array.of(5, 0, 0, 0) });
    expect(await refusal(filter)).toContain("row filter 5 does not exist");
    const palette = handMadePng({ width: 1, height: 1, colourType: 3, rows: Uint8Array.of(0, 0) });
    expect(await refusal(palette)).toContain("no PLTE chunk");
    const sound = handMadePng({ width: 8, height: 8, rows: new Uint8Array(8 * 25) });
    const start = join(sound.subarray(0, 33), pngChunk("IDAT", noise(40)), pngChunk("IEND", new Uint8Array()));
    expect(await refusal(start)).toContain("compressed pixels are damaged");
  });

  it.each([
    [{ depth: 3, colourType: 0 }, "colour type 0 with 3 bits does not exist"],
    [{ depth: 16, colourType: 3 }, "colour type 3 with 16 bits does not exist"],
    [{ colourType: 5 }, "colour type 5 with 8 bits does not exist"],
    [{ interlace: 2 }, "interlace are 0, 0, 2"],
    [{ width: 0 }, "the header says 0x1 pixels"],
    [{ height: 1_000_001 }, "1x1000001 pixels, but a side may have at most 1000000"],
  ])("have the header %j", async (change, words) => {
    const bytes = handMadePng({ width: 1, height: 1, rows: new Uint8Array(20), ...change });
    expect(await refusal(bytes)).toContain(words);
  });

  it("use an unknown critical chunk, but ignore unknown ancillary ones", async () => {
    const png = { width: 1, height: 1, rows: Uint8Array.of(0, 1, 2, 3) };
    expect(await refusal(handMadePng({ ...png, extra: pngChunk("ABCD", noise(4)) }))).toContain('chunk "ABCD"');
    const image = await decodeImage(handMadePng({ ...png, extra: pngChunk("abCd", noise(4)) }));
    expect([...image.data]).toEqual([1, 2, 3]);
  });

  it("are bombs: inflating stops when the header's pixels are there, before the damage that follows", async () => {
    const length = 16384;
    const zeros = join(
      Uint8Array.of(0, length & 255, length >> 8, ~length & 255, ~length >> 8),
      new Uint8Array(length),
    );
    const noSuchBlock = 7;
    const compressed = join(Uint8Array.of(0x78, 0x01), zeros, zeros, Uint8Array.of(noSuchBlock), noise(2000));
    for (const interlace of [0, 1]) {
      const small = handMadePng({ width: 10, height: 10, interlace, rows: new Uint8Array(), compressed });
      expect((await decodeImage(small)).data).toEqual(new Uint8Array(300));
      const large = handMadePng({ width: 200, height: 200, interlace, rows: new Uint8Array(), compressed });
      expect(await refusal(large)).toContain("compressed pixels are damaged");
    }
  });
});

describe("decodeImage refuses JPEG files that", () => {
  it("hold CMYK colours", async () => {
    expect(await refusal(await readImageFixture("cmyk.jpg"))).toContain("CMYK");
  });

  it.each(["baseline-420.jpg", "progressive.jpg", "restart.jpg"])("are cut off anywhere: %s", async (name) => {
    const bytes = await readImageFixture(name);
    for (let length = 2; length < bytes.length; length++) {
      expect(await refusal(bytes.subarray(0, length))).toContain("truncated");
    }
  });

  it("are cut off in the middle and closed with an end marker", async () => {
    const bytes = await readImageFixture("photo-420.jpg");
    const closed = join(bytes.subarray(0, bytes.length / 2), Uint8Array.of(0xff, 0xd9));
    expect(await refusal(closed)).toMatch(/truncated or damaged.*premature end/i);
  });

  it("are lossless, arithmetic-coded, 12-bit or empty", async () => {
    const bytes = await readImageFixture("baseline-420.jpg");
    const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
    expect(await refusal(bytes.with(frame + 1, 0xc3))).toContain("lossless");
    expect(await refusal(bytes.with(frame + 1, 0xc9))).toContain("arithmetic-coded");
    expect(await refusal(bytes.with(frame + 4, 12))).toContain("samples have 12 bits");
    expect(await refusal(bytes.with(frame + 9, 2))).toContain("2 components");
    expect(await refusal(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9))).toContain("no picture in it");
  });

  it("claim 65535x65535 pixels", async () => {
    const bytes = (await readImageFixture("baseline-420.jpg")).slice();
    const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
    bytes.fill(0xff, frame + 5, frame + 9);
    expect(await refusal(bytes)).toContain("65535x65535 = 4294836225 pixels");
  });

  it("libjpeg gives up on, and the next picture still decodes", async () => {
    const bytes = await readImageFixture("baseline-420.jpg");
    const table = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc4);
    const before = await decodeImage(bytes);
    expect(await refusal(bytes.with(table + 5, 255))).toMatch(/decoder refused the file \(libjpeg: ".+"\)/);
    expect(await decodeImage(bytes)).toEqual(before);
  });
});

describe("damaged files", () => {
  it.each(["rgb16.png", "palette4.png", "interlaced-gray1.png", "baseline-420.jpg", "progressive.jpg", "orient-6.jpg"])(
    "%s with single bytes changed either decodes or is refused with ImageFormatError",
    async (name) => {
      const bytes = await readImageFixture(name);
      const random = noise(200 * 4);
      let refused = 0;
      for (let i = 0; i < 200; i++) {
        const at = (((random[4 * i] ?? 0) << 8) | (random[4 * i + 1] ?? 0)) % bytes.length;
        const changed = bytes.with(at, random[4 * i + 2] ?? 0);
        const result = await decodeImage(changed, { orient: true, maxPixels: 4_000_000 }).catch(
          (error: unknown) => error,
        );
        if (result instanceof Error) {
          refused++;
          expect(result).toBeInstanceOf(ImageFormatError);
        }
      }
      expect(refused).toBeGreaterThan(0);
    },
    60_000,
  );
});
