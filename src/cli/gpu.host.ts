import process from "node:process";
import { GpuUnavailableError } from "../errors.ts";

/** Gives Node, which has no WebGPU of its own, that of the package `webgpu` (Dawn). Elsewhere it does nothing.
 * @throws GpuUnavailableError if the package is not installed or does not load */
export async function provideGpu(): Promise<void> {
  if (globalThis.navigator?.gpu || process.versions.deno !== undefined) return;
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const navigator = globalThis.navigator ?? {};
    Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
    // Node before 21 has no navigator at all.
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new GpuUnavailableError(
      `Node has no WebGPU of its own, and the package "webgpu" could not be loaded (${why}). ` +
        "Install it with `npm install webgpu`, or run the command in Deno.",
      { cause },
    );
  }
}

/** Ends the process. Dawn's threads would keep Node alive, and the order in which its objects are collected at a normal
 * exit has made it crash, so nothing is left to chance: what was written is flushed, then the process stops.
 * @param code the exit code, unless `process.exitCode` was set because output could not be written */
export async function exitProcess(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
  process.exit(process.exitCode ?? code);
}
