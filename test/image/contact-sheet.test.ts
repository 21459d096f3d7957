import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { contactSheet, drawText, wrapText } from "../../src/image/contact-sheet.ts";
import { glyphRows } from "../../src/image/font.ts";
import { solid } from "../../src/image/render.ts";
import type { Image } from "../../src/image/types.ts";
import { noiseImage } from "./support.ts";

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));

describe("the font", () => {
  it("has 94 different glyphs of 7 or 8 rows of 5 pixels, and an empty space", () => {
    const glyphs = printable.slice(1).map((character) => glyphRows(character));
    for (const rows of glyphs) {
      expect([7, 8]).toContain(rows.length);
      for (const row of rows) expect(row).toMatch(/^[.#]{5}$/);
    }
    expect(new Set(glyphs.map((rows) => rows.join())).size).toBe(94);
    expect(glyphRows(" ")).toEqual([]);
  });

  it("shows what it does not have as a question mark", () => {
    for (const character of ["\u00e9", "\u4e16", "\t", "\x7f"]) expect(glyphRows(character)).toEqual(glyphRows("?"));
  });

  it("is drawn at twice its size", () => {
    const canvas = solid({ width: 24, height: 16 }, [0, 0, 0]);
    drawText(canvas, "L!", { x: 0, y: 0, color: [255, 255, 255] });
    const row = (y: number) =>
      Array.from({ length: 24 }, (_, x) => (canvas.data[(y * 24 + x) * 3] ? "#" : ".")).join("");
    expect(row(0)).toBe("##..............##......");
    expect(row(13)).toBe("##########......##......");
    expect(row(14)).toBe("........................");
  });

  it("is cut off at every edge, and refused on pictures that are not RGB", () => {
    const canvas = solid({ width: 6, height: 4 }, [0, 0, 0]);
    drawText(canvas, "LL", { x: -8, y: -12, color: [9, 9, 9] });
    // of the two letters, the corner of the first's foot and the left of the second's are inside
    const rows = [0, 1, 2, 3].map((y) => [...canvas.data.subarray(18 * y, 18 * y + 18)].filter((_, i) => i % 3 === 0));
    expect(rows).toEqual([[9, 9, 0, 0, 9, 9], [9, 9, 0, 0, 9, 9], new Array(6).fill(0), new Array(6).fill(0)]);
    expect(() => drawText(noiseImage(6, 4, 4), "L", { x: 0, y: 0, color: [9, 9, 9] })).toThrow("has 4 channels");
  });
});

describe("wrapText", () => {
  it("breaks at spaces, at line breaks, and inside words that are too long", () => {
    expect(wrapText("tabby cat 0.61", 9 * 12)).toEqual(["tabby cat", "0.61"]);
    expect(wrapText("a\nb", 100)).toEqual(["a", "b"]);
    expect(wrapText("supercalifragilistic", 8 * 12)).toEqual(["supercal", "ifragili", "stic"]);
    expect(wrapText("", 100)).toEqual([""]);
  });
});

describe("contactSheet", () => {
  const items = [
    { image: noiseImage(100, 40, 3), label: "first" },
    { image: noiseImage(60, 50, 1), label: "second picture" },
    { image: noiseImage(100, 30, 4), label: "third" },
  ];

  it("lays pictures out in rows of one cell width", () => {
    const sheet = contactSheet(items, { columns: 2, gap: 8 });
    // Rows: 50 and 30 high, 4 to the text, 2 and 1 lines of 20, gaps of 8. Columns: 100 wide, gaps of 8.
    expect([sheet.width, sheet.height]).toEqual([8 + 108 + 108, 8 + (50 + 4 + 40) + 8 + (30 + 4 + 20) + 8]);
    expect(cut(sheet, { x: 8, y: 8, like: items[0]?.image })).toEqual(items[0]?.image.data);
  });

  it("prints labels under the pictures and the title in a bar", () => {
    const plain = contactSheet(
      items.map(({ image }) => ({ image, label: "" })),
      { columns: 3 },
    );
    const labelled = contactSheet(
      items.map(({ image }) => ({ image, label: "x" })),
      { columns: 3 },
    );
    const titled = contactSheet(
      items.map(({ image }) => ({ image, label: "x" })),
      { columns: 3, title: "Where it looked" },
    );
    expect(labelled.height).toBe(plain.height);
    const firstInk = labelled.data.findIndex((sample, i) => sample !== plain.data[i]);
    expect(Math.floor(firstInk / 3 / plain.width)).toBe(8 + 50 + 4 + 2 * 2);
    expect(titled.height).toBe(labelled.height + 28);
    expect([...titled.data.subarray(0, 3)]).toEqual([32, 40, 64]);
    expect(titled.data.subarray(28 * titled.width * 3)).toEqual(labelled.data);
  });

  it("refuses no pictures and no columns", () => {
    expect(() => contactSheet([])).toThrow(ShapeError);
    expect(() => contactSheet(items, { columns: 0 })).toThrow("columns is 0");
  });
});

function cut(sheet: Image, { x, y, like }: { x: number; y: number; like: Image | undefined }): Uint8Array {
  const { width, height } = like ?? { width: 0, height: 0 };
  const rows = Array.from({ length: height }, (_, row) => {
    const start = ((y + row) * sheet.width + x) * 3;
    return [...sheet.data.subarray(start, start + width * 3)];
  });
  return Uint8Array.from(rows.flat());
}
