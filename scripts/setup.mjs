// Brings a fresh clone to where `npm start` works (with --tests: `npm test` too). It needs Node 20.19 and npm, no more.
//   1. the npm packages, when they are not what package-lock.json says
//   2. a WebGPU adapter: a real GPU, else a software driver, which it fetches into .gpu/
//   3. with --tests: a driver for each of the four test lanes, and a Chrome or Chromium
// Every adapter is trusted only after a loop of 70,000 steps came out right. The result is .gpu/env.json.
// Options: --tests; --force looks again. SETUP_FROM=npm: nothing from apt. CHROME_PATH: this browser.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { envFile, gpuDir, osRelease, SetupError, say } from "./setup/host.mjs";
import { chooseForStart, chooseForTests } from "./setup/lanes.mjs";
import { withLock } from "./setup/lock.mjs";
import { denoPath, installPackages, linkCommand, lockHash, packagesAreCurrent } from "./setup/packages.mjs";

const forTests = process.argv.includes("--tests");
const force = process.argv.includes("--force");
// A clone that is copied to another system, or a system that was upgraded, looks again.
const machine = [process.platform, process.arch, osRelease().VERSION_ID ?? ""].join(" ");

function readEnv() {
  try {
    return JSON.parse(readFileSync(envFile, "utf8"));
  } catch {
    return undefined; // never run, or not ours: write a new one
  }
}

/** The files an environment names, which the user may have moved or deleted since. */
function filesOf(env) {
  const environments = [env.denoEnv, ...Object.values(env.lanes ?? {}).map((lane) => lane.env)];
  const drivers = environments.map((vars) => vars?.VK_ICD_FILENAMES);
  return [env.deno, env.chrome, ...drivers].filter((file) => file !== undefined);
}

function isReady() {
  const env = readEnv();
  if (!env || env.lock !== lockHash() || env.machine !== machine) return false;
  if (forTests && !env.chrome) return false;
  if (process.env.CHROME_PATH && env.chrome && process.env.CHROME_PATH !== env.chrome) return false;
  return filesOf(env).every((file) => existsSync(file)) && packagesAreCurrent();
}

function writeEnv(env) {
  const temporary = `${envFile}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(env, null, 2)}\n`);
  renameSync(temporary, envFile);
}

function describe(env) {
  say(`WebGPU in Deno: ${env.adapter}${env.software ? " (in software: a real GPU was not found)" : ""}`);
  if (env.chrome) say(`browser: ${env.chrome}`);
  for (const [name, lane] of Object.entries(env.lanes ?? {})) say(`test lane ${name}: ${lane.adapter}`);
}

/** What a set-up that was killed had not finished; only called while no other one runs. */
function removeLeftovers() {
  const leftovers = readdirSync(gpuDir).filter((name) => name.endsWith(".tmp"));
  for (const name of leftovers) rmSync(join(gpuDir, name), { recursive: true, force: true });
}

function setUp() {
  // The set-up that this one waited for may have done the work.
  if (!force && isReady()) return;
  const started = performance.now();
  removeLeftovers();
  installPackages();
  linkCommand();
  const deno = denoPath();
  const keepTests = forTests || (!force && readEnv()?.lanes !== undefined);
  const chosen = keepTests ? chooseForTests(deno) : chooseForStart(deno);
  writeEnv({ lock: lockHash(), machine, ...chosen });
  describe(chosen);
  say(`ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function main() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node 20.19 or newer is needed, this is ${process.version}`);
  }
  if (force || !isReady()) withLock(setUp);
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
