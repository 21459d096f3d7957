// Two set-ups at once (a test run beside an `npm start`) would unpack over each other: the second one waits.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gpuDir, SetupError, say } from "./host.mjs";

const file = join(gpuDir, "setup.lock");
const waitMs = 250;
const longestWaitMs = 15 * 60_000;

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function tryTake() {
  try {
    writeFileSync(file, `${process.pid}`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new SetupError(`cannot write ${file}: ${error.message}`);
  }
}

/** A lock whose process is gone was left by a run that was killed. */
function isStale() {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // Between creating the file and writing the number it is empty: that run is alive.
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Runs `work` while no other set-up of this clone runs. */
export function withLock(work) {
  mkdirSync(gpuDir, { recursive: true });
  const started = Date.now();
  for (let told = false; !tryTake(); sleep(waitMs)) {
    if (isStale()) rmSync(file, { force: true });
    if (!told) say("another set-up is running in this folder: waiting for it");
    told = true;
    if (Date.now() - started > longestWaitMs) {
      throw new SetupError(`another set-up has been running for 15 minutes. If none is, delete ${file} and try again.`);
    }
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  try {
    return work();
  } finally {
    release();
  }
}
