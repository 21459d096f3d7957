// Both encoders are asynchronous: the codec is loaded when it is first needed.
import { concatBytes } from "../bytes.ts";
import { ShapeError } from "../errors.ts";
import { checkImage } from "./check.ts";
import { pngChunk, readPngFile } from "./png-chunks.ts";
import { writePng } from "./png-codec.ts";
import type { Image } from "./types.ts";

/** Writes a picture as PNG, 8 bits per sample, with as many channels as it has.
 * @throws ShapeError if the data does not fit the size
 * @throws BacklightError if the PNG codec cannot be loaded */
export async function encodePng(image: Image): Promise<Uint8Array> {
  checkImage("encodePng", image);
  return writePng(image);
}

/** How an animation runs. */
export interface ApngOptions {
  /** How long each frame stays, in milliseconds, 0 to 65535. */
  readonly delayMs: number;
  /** How often the animation runs; 0 (default) is for ever. */
  readonly loops?: number;
}

/** Writes an animated PNG; programs that do not know the extension show the first frame.
 * @param frames pictures of one size and one number of channels
 * @throws       ShapeError if there are none, if they differ, or if delayMs or loops cannot be stored
 * @throws       BacklightError if the PNG codec cannot be loaded
 * @see          PNG specification, third edition, chapter 11.3.6 */
export async function encodeApng(frames: readonly Image[], options: ApngOptions): Promise<Uint8Array> {
  const { delayMs, loops = 0 } = options;
  const [first] = frames;
  if (!first) throw new ShapeError("encodeApng: got no frames; it needs at least one.");
  checkRange("delayMs", delayMs, 0xffff);
  checkRange("loops", loops, 0x7fffffff);
  for (const [i, frame] of frames.entries()) checkFrame(frame, i, first);
  const parts: Uint8Array[] = [];
  let sequence = 0;
  for (const [i, frame] of frames.entries()) {
    const { preamble, compressed } = readPngFile(await writePng(frame));
    if (i === 0) parts.push(preamble, animationControl(frames.length, loops));
    parts.push(frameControl(frame, { sequence: sequence++, delayMs }));
    parts.push(i === 0 ? pngChunk("IDAT", ...compressed) : pngChunk("fdAT", numbers([sequence++, 4]), ...compressed));
  }
  return concatBytes([...parts, pngChunk("IEND")]);
}

function checkFrame(frame: Image, index: number, first: Image): void {
  checkImage("encodeApng", frame);
  const [got, wanted] = [shapeOf(frame), shapeOf(first)];
  if (got === wanted) return;
  throw new ShapeError(`encodeApng: frame ${index} is ${got} but frame 0 is ${wanted}. Resize the frames to one size.`);
}

function shapeOf(image: Image): string {
  return `${image.width}x${image.height}x${image.channels}`;
}

function checkRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new ShapeError(`encodeApng: ${name} is ${value}, but it must be a whole number in 0..${max}.`);
}

function animationControl(frames: number, loops: number): Uint8Array {
  return pngChunk("acTL", numbers([frames, 4], [loops, 4]));
}

/** fcTL of a full frame at (0, 0) that replaces what was there. */
function frameControl(frame: Image, { sequence, delayMs }: { sequence: number; delayMs: number }): Uint8Array {
  const place = numbers([sequence, 4], [frame.width, 4], [frame.height, 4], [0, 4], [0, 4]);
  const timing = numbers([delayMs, 2], [1000, 2], [0, 1], [0, 1]);
  return pngChunk("fcTL", place, timing);
}

/** Big-endian whole numbers, each of 1, 2 or 4 bytes. */
function numbers(...fields: readonly (readonly [value: number, bytes: 1 | 2 | 4])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([value, bytes]) => [24, 16, 8, 0].slice(4 - bytes).map((shift) => (value >>> shift) & 0xff)),
  );
}
