import { BacklightError } from "../errors.ts";

const packagePath = "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
let wasm: Promise<Uint8Array> | undefined;

/** Gives the JPEG decoder its WebAssembly file, for a host where `initJpeg()` cannot find it (a page whose bundler
 * did not copy the file, a worker without fetch). The file is `codec/dec/mozjpeg_dec.wasm` of @jsquash/jpeg.
 * @throws BacklightError if the bytes are not WebAssembly */
export function setJpegWasm(bytes: Uint8Array): void {
  if (!isWasm(bytes))
    throw new BacklightError("setJpegWasm: the bytes are not WebAssembly (they lack its \\0asm mark).");
  wasm = Promise.resolve(bytes);
}

/** Loads the decoder's WebAssembly once: from the installed package in Node and Deno, by URL in a browser.
 * `decodeImage` calls it; call it earlier to have a missing file reported at start-up.
 * @throws BacklightError if the file is not found */
export function initJpeg(): Promise<Uint8Array> {
  wasm ??= load().catch((error: unknown) => {
    wasm = undefined; // a later attempt may succeed, once the network is back
    throw error;
  });
  return wasm;
}

function load(): Promise<Uint8Array> {
  // Not import("node:fs"): bundlers for the browser would try to follow it.
  const builtin = globalThis.process?.getBuiltinModule;
  return builtin ? loadFromPackage(builtin) : loadByUrl();
}

async function loadFromPackage(builtin: typeof process.getBuiltinModule): Promise<Uint8Array> {
  try {
    const path = builtin("node:module")
      .createRequire(import.meta.url)
      .resolve(packagePath);
    return new Uint8Array(await builtin("node:fs/promises").readFile(path));
  } catch (cause) {
    const fix = "Install the package @jsquash/jpeg, or pass the file's bytes to setJpegWasm()";
    throw new BacklightError(`JPEG: ${packagePath} cannot be read. ${fix}.`, { cause });
  }
}

async function loadByUrl(): Promise<Uint8Array> {
  const candidates = [
    // Beside a bundle that esbuild or a copy step made.
    new URL(/* @vite-ignore */ "mozjpeg_dec.wasm", import.meta.url),
    // Written out in full, because Vite only recognises (and copies) the file in this form.
    new URL("../../node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", import.meta.url),
  ];
  for (const url of candidates) {
    // A place that cannot be reached is like one without the file: the next is tried, and the error names all.
    const response = await fetch(url).catch(() => undefined);
    const bytes = response?.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    // A development server answers a missing file with its index page and status 200.
    if (bytes && isWasm(bytes)) return bytes;
  }
  const tried = candidates.map((url) => url.href).join(" and ");
  throw new BacklightError(`JPEG: the decoder was not found at ${tried}. Serve it there, or call setJpegWasm(bytes).`);
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}
