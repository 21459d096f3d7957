import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/bytes.ts";
import { ShapeError } from "../../src/errors.ts";
import { toRgb } from "../../src/image/channels.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { encodeApng, encodePng } from "../../src/image/encode.ts";
import type { Image } from "../../src/image/types.ts";
import { bytesOf, noiseImage, pngSignature } from "./support.ts";

describe("encodePng", () => {
  it("comes back from decodeImage as it was", async () => {
    const side = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.constantFrom(1, 3, 4),
        fc.infiniteStream(fc.nat(255)),
        async (w, h, channels, bytes) => {
          const data = Uint8Array.from([...bytes.take(w * h * channels)]);
          const image: Image = { width: w, height: h, channels: channels as Image["channels"], data };
          expect(await decodeImage(await encodePng(image))).toEqual(toRgb(image));
        },
      ),
      { seed: 45, numRuns: 60 },
    );
  });

  it("chooses filters that make smooth pictures small", async () => {
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 192) + Math.floor(i / 192));
    expect((await encodePng({ width: 64, height: 64, channels: 3, data })).length).toBeLessThan(400);
  });

  it("knows the CRC of the PNG specification's IEND chunk", () => {
    expect(crc32(bytesOf("IEND"))).toBe(0xae426082);
  });

  it("refuses data that does not fit", async () => {
    const image = { ...noiseImage(2, 2, 3), height: 3 };
    await expect(encodePng(image)).rejects.toThrow("2x3x3 = 18 samples but holds 12");
  });
});

interface Chunk {
  readonly type: string;
  readonly data: DataView;
  readonly length: number;
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  expect(bytes.subarray(0, 8)).toEqual(pngSignature);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = view.getUint32(at);
    expect(view.getUint32(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, length, data: new DataView(bytes.buffer, bytes.byteOffset + at + 8, length) });
    at += 12 + length;
  }
  return chunks;
}

describe("encodeApng", () => {
  const frames = [0, 1, 2].map(
    (i): Image => ({ width: 7, height: 5, channels: 3, data: noiseImage(7, 5, 3).data.map((v) => v + 40 * i) }),
  );

  it("writes the chunks in the order of the specification, numbered through", async () => {
    const chunks = chunksOf(await encodeApng(frames, { delayMs: 250, loops: 3 }));
    expect(chunks.map(({ type }) => type)).toEqual([
      "IHDR",
      "acTL",
      "fcTL",
      "IDAT",
      "fcTL",
      "fdAT",
      "fcTL",
      "fdAT",
      "IEND",
    ]);
    const control = chunks[1]?.data;
    expect([control?.getUint32(0), control?.getUint32(4)]).toEqual([3, 3]);
    const numbered = chunks.filter(({ type }) => type === "fcTL" || type === "fdAT");
    expect(numbered.map(({ data }) => data.getUint32(0))).toEqual([0, 1, 2, 3, 4]);
    for (const { data, length } of chunks.filter(({ type }) => type === "fcTL")) {
      expect(length).toBe(26);
      expect([4, 8, 12, 16].map((at) => data.getUint32(at))).toEqual([7, 5, 0, 0]);
      expect([data.getUint16(20), data.getUint16(22), data.getUint8(24), data.getUint8(25)]).toEqual([250, 1000, 0, 0]);
    }
  });

  it("holds every frame as encodePng writes it, and shows the first to programs that do not animate", async () => {
    const bytes = await encodeApng(frames, { delayMs: 100 });
    expect(await decodeImage(bytes)).toEqual(frames[0]);
    const held = chunksOf(bytes).flatMap(({ type, data, length }) => {
      if (type !== "IDAT" && type !== "fdAT") return [];
      const skip = type === "fdAT" ? 4 : 0;
      return [new Uint8Array(data.buffer, data.byteOffset + skip, length - skip)];
    });
    const files = await Promise.all(frames.map(encodePng));
    const alone = files.map((file) => {
      const data = chunksOf(file).find(({ type }) => type === "IDAT")?.data;
      return data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    });
    expect(held).toEqual(alone);
  });

  it("refuses no frames, different frames, and numbers that cannot be stored", async () => {
    await expect(encodeApng([], { delayMs: 1 })).rejects.toThrow(ShapeError);
    const different = encodeApng([noiseImage(2, 2, 3), noiseImage(2, 3, 3)], { delayMs: 1 });
    await expect(different).rejects.toThrow("frame 1 is 2x3x3");
    await expect(encodeApng(frames, { delayMs: 70000 })).rejects.toThrow("delayMs is 70000");
    await expect(encodeApng(frames, { delayMs: 1, loops: -1 })).rejects.toThrow("loops is -1");
  });
});
