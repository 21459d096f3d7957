import { zlibSync } from "fflate";
import { ShapeError } from "../errors.ts";
import { checkImage } from "./check.ts";
import { crc32 } from "./crc.ts";
import { predict } from "./png-filter.ts";
import type { Image } from "./types.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const colourTypes = { 1: 0, 3: 2, 4: 6 } as const;

/** Writes a picture as PNG, 8 bits per sample, with as many channels as it has.
 * @throws ShapeError if the data does not fit the size */
export function encodePng(image: Image): Uint8Array {
  checkImage("encodePng", image);
  return concat([Uint8Array.from(signature), header(image), chunk("IDAT", compress(image)), chunk("IEND")]);
}

export interface ApngOptions {
  /** How long each frame stays, in milliseconds, 0 to 65535. */
  readonly delayMs: number;
  /** How often the animation runs; 0 (default) is for ever. */
  readonly loops?: number;
}

/** Writes an animated PNG; programs that do not know the extension show the first frame.
 * @param frames pictures of one size and one number of channels
 * @throws       ShapeError if there are none, if they differ, or if delayMs or loops cannot be stored
 * @see          PNG specification, third edition, chapter 11.3.6 */
export function encodeApng(frames: readonly Image[], { delayMs, loops = 0 }: ApngOptions): Uint8Array {
  const [first] = frames;
  if (!first) throw new ShapeError("encodeApng: got no frames; it needs at least one.");
  checkRange("delayMs", delayMs, 0xffff);
  checkRange("loops", loops, 0x7fffffff);
  const parts = [Uint8Array.from(signature), header(first), chunk("acTL", numbers([frames.length, 4], [loops, 4]))];
  let sequence = 0;
  for (const [i, frame] of frames.entries()) {
    checkImage("encodeApng", frame);
    if (frame.width !== first.width || frame.height !== first.height || frame.channels !== first.channels) {
      const [got, wanted] = [shapeOf(frame), shapeOf(first)];
      throw new ShapeError(`encodeApng: frame ${i} is ${got} but frame 0 is ${wanted}. Resize the frames to one size.`);
    }
    parts.push(frameControl(frame, { sequence: sequence++, delayMs }));
    const data = compress(frame);
    parts.push(i === 0 ? chunk("IDAT", data) : chunk("fdAT", concat([numbers([sequence++, 4]), data])));
  }
  return concat([...parts, chunk("IEND")]);
}

function shapeOf(image: Image): string {
  return `${image.width}x${image.height}x${image.channels}`;
}

function checkRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new ShapeError(`encodeApng: ${name} is ${value}, but it must be a whole number in 0..${max}.`);
}

function header({ width, height, channels }: Image): Uint8Array {
  return chunk("IHDR", numbers([width, 4], [height, 4], [8, 1], [colourTypes[channels], 1], [0, 1], [0, 1], [0, 1]));
}

/** fcTL of a full frame at (0, 0) that replaces what was there. */
function frameControl(frame: Image, { sequence, delayMs }: { sequence: number; delayMs: number }): Uint8Array {
  const place = numbers([sequence, 4], [frame.width, 4], [frame.height, 4], [0, 4], [0, 4]);
  const timing = numbers([delayMs, 2], [1000, 2], [0, 1], [0, 1]);
  return chunk("fcTL", concat([place, timing]));
}

function chunk(type: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const body = concat([Uint8Array.from(type, (letter) => letter.charCodeAt(0)), data]);
  return concat([numbers([data.length, 4]), body, numbers([crc32(body), 4])]);
}

/** Big-endian whole numbers, each of 1, 2 or 4 bytes. */
function numbers(...fields: readonly (readonly [value: number, bytes: 1 | 2 | 4])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([value, bytes]) => [24, 16, 8, 0].slice(4 - bytes).map((shift) => (value >>> shift) & 0xff)),
  );
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The zlib stream of a picture, each row behind the filter that leaves the smallest differences. */
function compress({ width, height, channels, data }: Image): Uint8Array {
  const stride = width * channels;
  const filtered = new Uint8Array(height * (stride + 1));
  const trial = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const out = filtered.subarray(y * (stride + 1), (y + 1) * (stride + 1));
    let best = Number.POSITIVE_INFINITY;
    for (let filter = 0; filter <= 4; filter++) {
      const cost = filterRow(data, { start: y * stride, stride, back: channels, filter }, trial);
      if (cost >= best) continue;
      best = cost;
      out[0] = filter;
      out.set(trial, 1);
    }
  }
  return zlibSync(filtered, { level: 6 });
}

/** Filters one row into `out` and returns the sum of the differences, each taken as a signed byte without its sign. */
function filterRow(
  data: Uint8Array,
  { start, stride, back, filter }: { start: number; stride: number; back: number; filter: number },
  out: Uint8Array,
): number {
  let cost = 0;
  for (let i = 0; i < stride; i++) {
    const at = start + i;
    const left = i >= back ? (data[at - back] ?? 0) : 0;
    const up = start > 0 ? (data[at - stride] ?? 0) : 0;
    const upLeft = i >= back && start > 0 ? (data[at - stride - back] ?? 0) : 0;
    const difference = ((data[at] ?? 0) - predict(filter, left, up, upLeft)) & 0xff;
    out[i] = difference;
    cost += difference < 128 ? difference : 256 - difference;
  }
  return cost;
}
