// `npm test -- ARGS...`: the tests of all lanes. One run of vitest takes its Deno and Node lanes one after another, which
// leaves cores idle, so two runs share the lanes. ARGS go to both; with --project among them there is one run, as told.
// BACKLIGHT_TEST_REPORTS=DIR keeps their JSON reports: DIR/1.json, DIR/2.json.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const args = process.argv.slice(2);
const shares = args.some((arg) => arg.startsWith("--project"))
  ? [[]]
  : [
      ["node-dawn", "chrome"],
      ["deno-lavapipe", "deno-swiftshader"],
    ];

const kept = process.env.BACKLIGHT_TEST_REPORTS;
const folder = kept ?? mkdtempSync(join(tmpdir(), "backlight-tests-"));
const reports = shares.map((_, i) => join(folder, `${i + 1}.json`));

function runVitest(lanes, report) {
  const projects = lanes.flatMap((lane) => ["--project", lane]);
  // A file of one lane alone leaves the other run without any.
  const options = [...projects, "--passWithNoTests", ...args];
  const vitest = spawn(process.execPath, [fromHere("../node_modules/vitest/vitest.mjs"), "run", ...options], {
    // Pipes, not the terminal: two runs that redraw its last lines would overwrite each other.
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...(process.stdout.isTTY && { FORCE_COLOR: "1" }), ...process.env, BACKLIGHT_TEST_REPORT: report },
  });
  vitest.stdout.pipe(process.stdout, { end: false });
  vitest.stderr.pipe(process.stderr, { end: false });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // Ctrl-C reaches the whole terminal group: the child has it already.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || vitest.kill(signal));
  }
  return new Promise((resolve) => vitest.once("close", (code) => resolve(code ?? 1)));
}

const codes = await Promise.all(shares.map((lanes, i) => runVitest(lanes, reports[i])));
const counted = spawnSync(process.execPath, [fromHere("count-tests.mjs"), ...reports], { stdio: "inherit" });
if (kept === undefined) rmSync(folder, { recursive: true });
process.exitCode = Math.max(...codes, counted.status ?? 1);
