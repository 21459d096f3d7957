// Which WebGPU adapter a runtime gets under which environment.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isLinux, root } from "./host.mjs";

const script = join(root, "scripts/setup/probe.mjs");

// Without it Vulkan's loader prints a warning a line for every device.
export const baseEnv = isLinux ? { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR || "/tmp" } : {};

/** "lavapipe", "swiftshader" or "cpu" for drivers in software, else "gpu". */
function driverOf({ vendor, architecture, description }) {
  const text = `${vendor} ${architecture} ${description}`.toLowerCase();
  if (text.includes("llvmpipe")) return "lavapipe";
  if (text.includes("swiftshader")) return "swiftshader";
  return /softpipe|basic render|warp/.test(text) ? "cpu" : "gpu";
}

function probe(command, args, env) {
  if (!env) return undefined;
  const options = { cwd: root, encoding: "utf8", timeout: 60_000, env: { ...process.env, ...baseEnv, ...env } };
  const { status, stdout } = spawnSync(command, [...args, script], options);
  if (status !== 0) return undefined;
  const info = JSON.parse(stdout.trim().split("\n").at(-1));
  const driver = driverOf(info);
  const name = info.description || info.architecture || info.vendor;
  return { env: { ...baseEnv, ...env }, driver, name, ...info };
}

/** What Deno gets under `env`: { env, driver, name, countsLoops, ... }, or undefined without an adapter. */
export function probeDeno(deno, env) {
  return probe(deno, ["run", "--allow-all", "--no-lock", "--quiet"], env);
}

/** The same for Node, where WebGPU is the npm package `webgpu`. */
export function probeNode(env) {
  return probe(process.execPath, [], env);
}
