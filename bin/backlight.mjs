#!/usr/bin/env node
// The `backlight` command in Node. In a clone it bundles the command line first, when a source is newer than the bundle.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { become, readGpuEnv, withDriver } from "../scripts/child.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cli = join(root, "dist/cli.mjs");
// The published package has no tsconfig.json, and its bundle is complete.
const isClone = existsSync(join(root, "tsconfig.json"));
const sourceDirs = ["src", "weights"].map((name) => join(root, name));

function timeOf(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

function sourceIsNewer() {
  const built = timeOf(cli);
  return sourceDirs.some((dir) =>
    readdirSync(dir, { recursive: true, withFileTypes: true }).some((entry) => {
      const isSource = entry.isFile() && /\.(ts|wgsl|json)$/.test(entry.name);
      return isSource && timeOf(join(entry.parentPath ?? entry.path, entry.name)) > built;
    }),
  );
}

function hasEsbuild() {
  try {
    createRequire(import.meta.url).resolve("esbuild");
    return true;
  } catch {
    return false;
  }
}

function stop(message) {
  process.stderr.write(`backlight: ${message}\n`);
  process.exit(1);
}

function bundleIfNeeded() {
  if (isClone && hasEsbuild() && sourceIsNewer()) {
    const script = join(root, "scripts/build.mjs");
    // On stderr: stdout is for what the command prints.
    const { status } = spawnSync(process.execPath, [script, "cli.mjs"], { stdio: ["ignore", 2, 2] });
    if (status !== 0) stop("the command line could not be bundled: its sources have the errors above.");
  }
  if (existsSync(cli)) return;
  stop(isClone ? "dist/cli.mjs is missing. Run: npm install" : "dist/cli.mjs is missing. Install the package again.");
}

async function main() {
  bundleIfNeeded();
  const gpu = readGpuEnv();
  const env = withDriver(gpu?.nodeEnv ?? gpu?.denoEnv);
  // The system reads this variable only when a process starts.
  if (env.LD_LIBRARY_PATH !== process.env.LD_LIBRARY_PATH) {
    return become(process.execPath, [...process.execArgv, cli, ...process.argv.slice(2)], env);
  }
  Object.assign(process.env, env);
  return import(pathToFileURL(cli).href);
}

await main();
