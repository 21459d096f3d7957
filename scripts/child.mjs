// Runs a program in the place of this one: same terminal, same signals, same exit code; with the driver set-up found.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";

/** What scripts/setup.mjs found out about this machine, or undefined where it has not run. */
export function readGpuEnv() {
  try {
    return JSON.parse(readFileSync(new URL("../.gpu/env.json", import.meta.url), "utf8"));
  } catch {
    return undefined;
  }
}

/** This process' environment plus the variables that select a driver, unless the user selected one. */
export function withDriver(driverEnv = {}) {
  const own = process.env;
  if (own.VK_ICD_FILENAMES || own.VK_DRIVER_FILES) return { ...own };
  const libraries = [driverEnv.LD_LIBRARY_PATH, own.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  const env = { ...driverEnv, ...own };
  return libraries ? { ...env, LD_LIBRARY_PATH: libraries } : env;
}

/** Starts the program, passes signals on to it, and ends as it ends. */
export function become(command, args, env) {
  // No shell, on Windows too: `command` is always a real program (node, deno), never a .cmd file.
  const child = spawn(command, args, { stdio: "inherit", env });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => {
    // Ctrl-C reaches the whole terminal group: the child has it already.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  child.once("error", (error) => {
    process.stderr.write(`cannot start ${command}: ${error.message}\nRun: npm run setup\n`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const name of signals) process.off(name, pass);
    process.kill(process.pid, signal);
  });
}

/** Runs a TypeScript file in Deno, on the adapter that set-up chose. */
export function becomeDeno(args) {
  const gpu = readGpuEnv();
  if (!gpu) {
    process.stderr.write("This machine's WebGPU driver is not known yet. Run: node scripts/setup.mjs\n");
    process.exit(1);
  }
  become(gpu.deno, ["run", "--allow-all", "--no-lock", "--quiet", ...args], withDriver(gpu.denoEnv));
}
