import { describe, expect, it } from "vitest";
import { decodeImage } from "../../src/image/decode.ts";
import { fromBase64, handMadePng, largestDifference, readGolden, readImageFixture, sha256 } from "./support.ts";

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
}
interface Hashed {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

describe("decodeImage gives PIL's RGB bytes", async () => {
  const expected = await readGolden<Record<string, Expected>>("decode.json");
  it("has goldens for every kind", () => expect(Object.keys(expected).length).toBe(26));

  for (const [name, { width, height, rgb }] of Object.entries(expected)) {
    it(name, async () => {
      const image = await decodeImage(await readImageFixture(name));
      expect([image.width, image.height, image.channels]).toEqual([width, height, 3]);
      expect(largestDifference(image.data, fromBase64(rgb))).toBe(0);
    });
  }

  for (const [name, { width, height, sha256: digest }] of Object.entries(
    await readGolden<Record<string, Hashed>>("hashed.json"),
  )) {
    it(`${name} (by hash)`, async () => {
      const image = await decodeImage(await readImageFixture(name));
      expect([image.width, image.height]).toEqual([width, height]);
      expect(await sha256(image.data)).toBe(digest);
    });
  }
});

describe("decodeImage with orient", async () => {
  const expected = await readGolden<Record<string, Hashed>>("orient.json");
  it("has goldens for 8 orientations in JPEG and PNG", () => expect(Object.keys(expected).length).toBe(16));

  for (const [name, { width, height, sha256: digest }] of Object.entries(expected)) {
    it(`${name} is turned upright as by exif_transpose`, async () => {
      const image = await decodeImage(await readImageFixture(name), { orient: true });
      expect([image.width, image.height]).toEqual([width, height]);
      expect(await sha256(image.data)).toBe(digest);
    });
  }

  it("leaves the picture as stored unless asked, as load_img does", async () => {
    const stored = await decodeImage(await readImageFixture("orient-1.jpg"));
    const turned = await decodeImage(await readImageFixture("orient-6.jpg"));
    expect(turned).toEqual(stored);
  });
});

describe("decodeImage options", () => {
  it("clips 16-bit gray as PIL does, or keeps the high byte on request", async () => {
    const rows = Uint8Array.of(0, 0, 0, 0, 200, 1, 0, 128, 7);
    const bytes = handMadePng({ width: 4, height: 1, depth: 16, colourType: 0, rows });
    const firstOfEach = (data: Uint8Array) => [...data].filter((_, i) => i % 3 === 0);
    expect(firstOfEach((await decodeImage(bytes)).data)).toEqual([0, 200, 255, 255]);
    expect(firstOfEach((await decodeImage(bytes, { gray16: "scale" })).data)).toEqual([0, 0, 1, 128]);
  });

  it("refuses more than maxPixels and names both numbers", async () => {
    const bytes = await readImageFixture("gray.jpg");
    await expect(decodeImage(bytes, { maxPixels: 37 * 29 })).resolves.toMatchObject({ width: 37, height: 29 });
    await expect(decodeImage(bytes, { maxPixels: 37 * 29 - 1 })).rejects.toThrow(/37x29 = 1073 pixels.*at most 1072/);
  });

  it("decodes several pictures at once", async () => {
    const bytes = await Promise.all(["gray.jpg", "progressive.jpg", "rgb8.png"].map(readImageFixture));
    const together = await Promise.all(bytes.map((one) => decodeImage(one)));
    for (const [i, one] of bytes.entries()) expect(together[i]).toEqual(await decodeImage(one));
  });

  it("reads a view into a larger buffer", async () => {
    for (const name of ["gray.jpg", "rgb8.png"]) {
      const bytes = await readImageFixture(name);
      const larger = new Uint8Array(bytes.length + 20).fill(0x5a);
      larger.set(bytes, 7);
      const view = larger.subarray(7, 7 + bytes.length);
      expect(await decodeImage(view)).toEqual(await decodeImage(bytes));
    }
  });

  it("ignores what follows the end of the picture", async () => {
    for (const name of ["gray.jpg", "rgb8.png"]) {
      const bytes = await readImageFixture(name);
      const longer = Uint8Array.from([...bytes, ...new Uint8Array(50).fill(9)]);
      expect(await decodeImage(longer)).toEqual(await decodeImage(bytes));
    }
  });
});
