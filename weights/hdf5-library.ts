import { WeightsFormatError } from "../src/errors.ts";
import type { H5Module } from "./hdf5-type.ts";

type H5wasm = typeof import("h5wasm");
type H5Factory = (options: { noInitialRun: boolean }) => Promise<H5Module>;

/** An instance of a module that ran again stays in memory with it. */
const mostInstances = 64;

let current: Promise<H5Module> | undefined;
let instances = 0;
const damaged = new WeakSet<H5Module>();

/** The HDF5 library, started when first needed, and started afresh after a file brought it to fall.
 * @throws WeightsFormatError when that is not possible here */
export async function hdf5Library(): Promise<H5Module> {
  current ??= import("h5wasm").then((h5wasm) => h5wasm.ready);
  const before = current;
  const module = await before;
  if (!damaged.has(module)) return module;
  if (current === before) current = freshInstance().catch((error) => fallBack(before, error));
  return await current;
}

function fallBack(before: Promise<H5Module>, cause: unknown): never {
  current = before;
  throw new WeightsFormatError(
    "The HDF5 library was brought to fall by a file read before, and no fresh one could be started: " +
      "restart the program, or load the page again.",
    { cause },
  );
}

/** Whether an error means that the library stopped in the middle of something: a trap of its WebAssembly code, or the
 * end of the stack. What it was changing is then half changed; one such file more, and no file can be opened. */
export function isTrap(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return true;
  // Firefox' word for the end of the stack.
  return error instanceof Error && error.name === "InternalError";
}

/** From here on nothing calls this instance, and the next file gets a fresh one. */
export function retire(module: H5Module): void {
  damaged.add(module);
}

export function isRetired(module: H5Module): boolean {
  return damaged.has(module);
}

/** h5wasm makes one instance when its module runs, and keeps to itself the function that makes them. As a package of
 * several files, that function can be had from the file beside; as one file, the module runs again under another name. */
async function freshInstance(): Promise<H5Module> {
  const address = addressOf(await import("h5wasm"));
  if (address === undefined) throw new Error("the library's address is not known");
  if (address.endsWith("/hdf5_hl.js")) {
    const beside = (await load(address.replace(/hdf5_hl\.js$/, "hdf5_util.js"))) as { default: H5Factory };
    return await beside.default({ noInitialRun: true });
  }
  if (++instances > mostInstances) throw new Error(`${mostInstances} were started`);
  const again = (await load(`${address}${address.includes("?") ? "&" : "?"}instance=${instances}`)) as H5wasm;
  return await again.ready;
}

async function load(address: string): Promise<unknown> {
  return await import(/* @vite-ignore */ /* webpackIgnore: true */ address);
}

/** Where h5wasm was loaded from, which only an error of its own tells in every host. A file of another name holds more
 * than h5wasm, and is not run again. */
function addressOf({ File }: H5wasm): string | undefined {
  try {
    // Refused before anything is opened.
    new File("", "r", { libver: "none" as never });
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    const [, address = ""] = /((?:https?|file):\/\/[^\s()]+?|\/[^\s():]+):\d+:\d+/.exec(stack) ?? [];
    return /(?:h5wasm|hdf5)[^/]*$/.test(address) ? address : undefined;
  }
  return undefined;
}
