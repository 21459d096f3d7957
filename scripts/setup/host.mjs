// What every part of the set-up shares: where the project is, how to speak, how to start a program.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const gpuDir = join(root, ".gpu");
export const envFile = join(gpuDir, "env.json");

export const isLinux = process.platform === "linux";
export const isWindows = process.platform === "win32";
export const isRoot = process.getuid?.() === 0;

/** The folder below lib/ where a Debian package keeps its shared libraries on this processor. */
export const debianTriplet = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

export class SetupError extends Error {}

export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** Runs a program with its output on stderr, so that stdout stays free for whoever called set-up. */
export function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: ["ignore", 2, 2], ...options }).status === 0;
}

/** npm as `npm run` itself started it: naming the script avoids npm.cmd, which Windows only starts through a shell. */
export function runNpm(args, options = {}) {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return run(process.execPath, [script, ...args], options);
  return run("npm", args, { shell: isWindows, ...options });
}

/** The fields of /etc/os-release, e.g. ID and VERSION_CODENAME; empty where there is no such file. */
export function osRelease() {
  const file = "/etc/os-release";
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const fields = text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
}

export function firstExisting(paths) {
  return paths.find((path) => path && existsSync(path));
}
