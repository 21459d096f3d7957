import createDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { ImageFormatError } from "../errors.ts";
import { toRgb } from "./channels.ts";
import type { JpegHeader } from "./jpeg-header.ts";
import { initJpeg } from "./jpeg-wasm.ts";
import type { Image } from "./types.ts";

/** The parts of the Emscripten module that are used here; the package's own types leave out `printErr`. */
interface Decoder {
  decode(bytes: Uint8Array, rotate: boolean): { width: number; height: number; data: Uint8ClampedArray } | null;
}
interface DecoderOptions {
  noInitialRun: boolean;
  wasmBinary: Uint8Array;
  print(line: string): void;
  printErr(line: string): void;
}
const create = createDecoder as unknown as (options: DecoderOptions) => Promise<Decoder>;

let shared: Promise<Decoder> | undefined;
/** libjpeg's messages of the decoding under way. Decoding is synchronous, so one list serves all callers. */
let messages: string[] = [];

/** Decodes to RGB with libjpeg's accurate integer transform and smooth upsampling: bit for bit what PIL gives.
 * @throws ImageFormatError if libjpeg refuses the data or runs out of it */
export async function decodeJpegFile(bytes: Uint8Array, header: JpegHeader): Promise<Image> {
  shared ??= start();
  const decoder = await shared.catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  messages = [];
  const decoded = tryDecode(decoder, bytes);
  // libjpeg fills what is missing with gray and only warns.
  const shortage = messages.find((line) => /premature end/i.test(line));
  if (shortage) {
    throw new ImageFormatError(
      `JPEG: the file is truncated or damaged (libjpeg: "${shortage}"). Fetch or save it again.`,
    );
  }
  if (decoded.width !== header.width || decoded.height !== header.height) {
    const [got, wanted] = [`${decoded.width}x${decoded.height}`, `${header.width}x${header.height}`];
    throw new ImageFormatError(`JPEG: decoding gave ${got} pixels but the header says ${wanted}; it is damaged.`);
  }
  const { width, height, data } = decoded;
  return toRgb({ width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) });
}

async function start(): Promise<Decoder> {
  return create({
    noInitialRun: true,
    wasmBinary: await initJpeg(),
    print: () => undefined,
    printErr: (line) => messages.push(line),
  });
}

function tryDecode(decoder: Decoder, bytes: Uint8Array): NonNullable<ReturnType<Decoder["decode"]>> {
  try {
    const decoded = decoder.decode(bytes, false);
    if (decoded) return decoded;
  } catch (cause) {
    // A fatal error ends the module's "program" and leaves its memory taken: the next picture starts a new module.
    shared = undefined;
    throw refused(cause);
  }
  throw refused(undefined);
}

function refused(cause: unknown): ImageFormatError {
  const reason = messages.at(-1) ?? "no reason given";
  return new ImageFormatError(`JPEG: the decoder refused the file (libjpeg: "${reason}"). Save it again.`, { cause });
}
