import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/bytes.ts";
import { WeightsFormatError } from "../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../weights/byte-source.ts";
import { openZip } from "../../weights/zip.ts";
import { readFixture } from "../support/fixture.ts";
import { messageOf } from "./damaged.ts";

const fixture = async (name: string) => bytesSource(await readFixture(`fixtures/keras3/${name}`), name);
const bytesOf = (text: string) => new TextEncoder().encode(text);

test("the checksum is zlib's", () => {
  expect(crc32(bytesOf("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
  // From an odd address, and of every length modulo 4.
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => i * 37);
  const wanted = [0x6a756f33, 0x4c0c0f41, 0xc1227bd4, 0xe4c08700];
  expect([36, 37, 38, 39].map((end) => crc32(bytes.subarray(3, end)))).toEqual(wanted);
});

describe("reading", () => {
  test("a stored entry is a range of the archive: only what is asked for is read, nothing is copied beforehand", () => {
    const weights = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    const inner = bytesSource(zipSync({ "a.bin": weights, "b.bin": bytesOf("b") }, { level: 0 }), "model.zip");
    let fetched = 0;
    const read = (offset: number, length: number) => {
      fetched += length;
      return inner.read(offset, length);
    };
    const zip = openZip({ name: inner.name, size: inner.size, read, close: () => inner.close() });
    const entry = zip.entrySource("a.bin");
    fetched = 0;
    expect(entry.size).toBe(5000);
    expect(entry.read(4000, 100)).toEqual(weights.subarray(4000, 4100));
    expect(fetched).toBe(100);
    expect(messageOf(() => entry.read(4990, 11))).toContain(
      "model.zip: a.bin: wanted bytes 4990 to 5001 of an entry of 5000",
    );
    expect(messageOf(() => entry.read(-1, 1))).toContain("wanted bytes -1 to 0");
    entry.close();
    expect(zip.entrySource("b.bin").read(0, 1)).toEqual(bytesOf("b"));
    zip.close();
  });

  test("readInto reads inside the entry only", () => {
    const inner = bytesSource(zipSync({ a: bytesOf("hello") }, { level: 0 }), "z");
    const readInto: ByteSource["readInto"] = (offset, target) => target.set(inner.read(offset, target.length));
    const entry = openZip({ ...inner, readInto }).entrySource("a");
    const target = new Uint8Array(3);
    entry.readInto?.(2, target);
    expect(target).toEqual(bytesOf("llo"));
    expect(messageOf(() => entry.readInto?.(3, target))).toContain("wanted bytes 3 to 6 of an entry of 5");
  });

  test("a deflated entry is unpacked whole, in pieces smaller than itself", () => {
    const text = bytesOf(Array.from({ length: 60_000 }, (_, i) => `${(i * i) % 7919} `).join(""));
    const zip = openZip(bytesSource(zipSync({ "a.txt": text }), "z"));
    expect(zip.entries[0]?.packedBytes).toBeGreaterThan(50_000);
    expect(zip.entrySource("a.txt").read(0, text.length)).toEqual(text);
    expect(zip.readEntry("a.txt")).toEqual(text);
  });

  test.each(["streamed", "long-header", "comment"])("%s: odd but right", async (name) => {
    const zip = openZip(await fixture(`zip-fine-${name}.zip`));
    expect(zip.entries.map((entry) => entry.name)).toEqual(["config.json"]);
    expect(new TextDecoder().decode(zip.readEntry("config.json"))).toMatch(/^\{"class_name".*\}$/);
  });

  test("an empty archive, and a name that is not there", () => {
    const zip = openZip(bytesSource(zipSync({}), "empty.zip"));
    expect(zip.entries).toEqual([]);
    expect(messageOf(() => zip.entrySource("a"))).toContain('empty.zip: there is no "a"');
  });

  test("the source is closed with the archive, and when the archive is refused", async () => {
    const closed: string[] = [];
    const watched = (source: ByteSource): ByteSource => ({ ...source, close: () => void closed.push(source.name) });
    openZip(watched(await fixture("zip-fine-comment.zip"))).close();
    const hostile = watched(await fixture("zip-hostile-duplicate.zip"));
    expect(() => openZip(hostile)).toThrow(WeightsFormatError);
    expect(closed).toEqual(["zip-fine-comment.zip", "zip-hostile-duplicate.zip"]);
  });
});

describe("refusing", () => {
  test.each([
    ["duplicate", /lists "config.json" twice/],
    ["duplicate-case", /lists "CONFIG.json" twice/],
    ["overlap", /the zip entries "config.json" and "model.weights.h5" overlap/],
    ["wrong-place", /is no such zip entry/],
    ["inside", /as it is, but declares 107 bytes in the archive and 67 outside/],
    ["encrypted", /"config.json" in this zip archive is encrypted/],
    ["hidden-encryption", /differ in the encryption/],
    ["bomb", /would grow from \d+ to 500000 bytes, more than 100 times/],
    ["past-end", /as it is, but declares 1000000 bytes/],
    ["stored-growth", /as it is, but declares 67 bytes in the archive and 1000000 outside/],
    ["other-name", /differ in the name/],
    ["other-size", /differ in the size/],
    ["other-method", /differ in the method/],
    ["parent", /the name "..\/..\/etc\/passwd" in the zip archive is unsafe/],
    ["absolute", /the name "\/etc\/passwd" .* is unsafe/],
    ["drive", /the name "C:x" .* is unsafe/],
    ["backslash", /is unsafe/],
    ["nul", /is unsafe/],
    ["not-utf8", /a name in the zip directory is no UTF-8 text/],
    ["empty-name", /the name "" .* is unsafe/],
    ["zip64-end", /is a zip64 archive/],
    ["zip64-entry", /needs zip64/],
    ["count-more", /entry 3 of 3 in the zip directory is damaged/],
    ["count-less", /bytes of the zip directory belong to no entry/],
    ["disk", /one part of a zip archive in several files/],
    ["gap", /the zip directory should reach from byte/],
    ["prefixed", /the zip directory should reach from byte/],
    ["two-ends", /has 2 ends/],
    ["cut", /has no directory at its end: it was cut short/],
  ])("%s", async (name, pattern) => {
    const source = await fixture(`zip-hostile-${name}.zip`);
    const text = messageOf(() => openZip(source));
    expect(text).toMatch(pattern);
    expect(text).toContain(`zip-hostile-${name}.zip`);
  });

  test.each([
    ["bomb-lie", /unpacks to more than the 5000 bytes that it declares/],
    ["short", /unpacks to 67 bytes; the zip directory declares 76/],
    ["bad-crc", /config.json is damaged: its checksum/],
    ["bad-crc-stored", /config.json is damaged: its checksum/],
    ["bad-deflate", /cannot be unpacked/],
    ["method-lzma", /packed with method 14; stored \(0\) and deflated \(8\) are known/],
  ])("%s, when the entry is read", async (name, pattern) => {
    const zip = openZip(await fixture(`zip-hostile-${name}.zip`));
    expect(messageOf(() => zip.readEntry("config.json"))).toMatch(pattern);
  });

  test("thousands of entries", () => {
    const parts = Object.fromEntries(Array.from({ length: 4097 }, (_, i) => [`f${i}`, new Uint8Array(0)]));
    expect(messageOf(() => openZip(bytesSource(zipSync(parts), "z")))).toContain("4097 entries; at most 4096");
  });
});

test("damaged copies give an error or an archive, never anything else", async () => {
  const good = await readFixture("fixtures/keras3/sequential-float16.keras");
  const packed = await readFixture("fixtures/keras3/functional.keras");
  let random = 99;
  const next = (limit: number): number => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return random % limit;
  };
  let refused = 0;
  for (let round = 0; round < 600; round++) {
    const bytes = (round % 2 ? good : packed).slice();
    // Most damage goes where the archive's own records are.
    const start = round % 3 ? Math.max(0, bytes.length - 400) : 0;
    for (let i = 0; i < 1 + next(4); i++) bytes[start + next(bytes.length - start)] = next(256);
    refused += readAll(bytes.subarray(0, round % 7 ? bytes.length : next(bytes.length)));
  }
  expect(refused).toBeGreaterThan(200);
  expect(readAll(good) + readAll(packed)).toBe(0);
});

/** 1 when opening or reading was refused; any other kind of error fails the test. */
function readAll(bytes: Uint8Array): number {
  try {
    const zip = openZip(bytesSource(bytes, "damaged.zip"));
    for (const entry of zip.entries) zip.readEntry(entry.name);
    return 0;
  } catch (error) {
    if (error instanceof WeightsFormatError) return 1;
    throw error;
  }
}
