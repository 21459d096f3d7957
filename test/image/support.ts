import { zlibSync } from "fflate";
import { crc32 } from "../../src/bytes.ts";
import type { Image } from "../../src/image/types.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";

export const readImageFixture = (name: string) => readFixture(`fixtures/images/${name}`);
export const readGolden = <T>(name: string) => readJsonFixture<T>(`fixtures/images/${name}`);

/** Bytes of a 32-bit integer hash of their index; tools/golden/images.py computes the same. */
export function noise(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => {
    let h = Math.imul(i, 2654435761) >>> 0;
    h ^= h >>> 15;
    h = Math.imul(h, 2246822519) >>> 0;
    h ^= h >>> 13;
    return h & 255;
  });
}

export function noiseImage(width: number, height: number, channels: Image["channels"]): Image {
  return { width, height, channels, data: noise(width * height * channels) };
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function floatsFromBase64(text: string): Float32Array {
  return new Float32Array(fromBase64(text).buffer);
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The largest difference between two lists of numbers of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = join(bytesOf(type), data);
  return join(uint32(data.length), body, uint32(crc32(body)));
}

export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export interface HandMadePng {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly colourType?: number;
  readonly interlace?: number;
  /** Filter bytes and samples, before compression. */
  readonly rows: Uint8Array;
  /** The zlib stream, where it is not that of `rows`. */
  readonly compressed?: Uint8Array;
  readonly extra?: Uint8Array;
}

export function handMadePng(png: HandMadePng): Uint8Array {
  const { width, height, depth = 8, colourType = 2, interlace = 0, rows, extra = new Uint8Array() } = png;
  const { compressed = zlibSync(rows, { level: 1 }) } = png;
  const header = join(uint32(width), uint32(height), Uint8Array.of(depth, colourType, 0, 0, interlace));
  const data = pngChunk("IDAT", compressed);
  return join(pngSignature, pngChunk("IHDR", header), extra, data, pngChunk("IEND", new Uint8Array()));
}
