import { BacklightError } from "../errors.ts";
import type { Image } from "./types.ts";

/** The parts of pngjs used here; the package's own types know neither 16-bit data nor plain objects as pictures. */
interface Codec {
  /** A picture whose data is a Buffer of 4 x width x height zeros. */
  new (size: { width: number; height: number }): { data: Uint8Array };
  readonly sync: {
    read(buffer: Uint8Array, options: { skipRescale: boolean }): { data: Uint8Array | Uint16Array };
    write(picture: { width: number; height: number; data: Uint8Array }, options: WriteOptions): Uint8Array;
  };
}
interface WriteOptions {
  readonly colorType: number;
  readonly inputColorType: number;
  readonly inputHasAlpha: boolean;
  readonly deflateLevel: number;
  readonly deflateStrategy: number;
}

const colourTypes = { 1: 0, 3: 2, 4: 6 } as const;
const zlibDefault = { deflateLevel: 6, deflateStrategy: 0 } as const;

let shared: Promise<Codec> | undefined;

/** Decodes a whole PNG file with pngjs.
 * @returns RGBA, interleaved: 0..255, or as stored (0..65535) where the file has 16 bits per sample
 * @throws  what pngjs throws: a plain Error; BacklightError if pngjs cannot be loaded */
export async function readPng(bytes: Uint8Array, { is16Bit }: { is16Bit: boolean }): Promise<Uint8Array | Uint16Array> {
  const codec = await load();
  return codec.sync.read(bufferOf(codec, bytes), { skipRescale: is16Bit }).data;
}

/** Encodes a picture with pngjs, 8 bits per sample, with as many channels as it has. */
export async function writePng({ width, height, channels, data }: Image): Promise<Uint8Array> {
  const codec = await load();
  const colorType = colourTypes[channels];
  const options = { colorType, inputColorType: colorType, inputHasAlpha: channels === 4, ...zlibDefault };
  // A plain array without the Buffer's own methods, and without the pool that small Buffers share.
  return new Uint8Array(codec.sync.write({ width, height, data }, options));
}

/** pngjs wants a Buffer, and its browser build brings a Buffer of its own: pngjs itself allocates the right one. */
function bufferOf(codec: Codec, bytes: Uint8Array): Uint8Array {
  const buffer = new codec({ width: Math.ceil(bytes.length / 4), height: 1 }).data;
  buffer.set(bytes);
  return buffer.slice(0, bytes.length);
}

/** package.json maps "#pngjs" to the build for the host: pngjs itself uses node:zlib, which a page does not have. */
function load(): Promise<Codec> {
  shared ??= import("#pngjs").then(codecOf).catch((cause: unknown) => {
    shared = undefined; // a later attempt may succeed, once the network is back
    const fix = "Install the package pngjs, or serve the bundle's files together";
    throw new BacklightError(`PNG: the codec pngjs cannot be loaded. ${fix}.`, { cause });
  });
  return shared;
}

/** A CommonJS module is the default export everywhere; only some hosts find its names as well. */
function codecOf(module: unknown): Codec {
  return (module as { default: { PNG: Codec } }).default.PNG;
}
