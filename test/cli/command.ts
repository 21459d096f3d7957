// Runs the real command in a process of its own, in the lane's runtime and on the lane's driver.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { lane } from "../support/gpu-env.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** Without progress, which slow machines show, and without what Dawn itself says about limits and libraries. */
  readonly stderr: string;
}

/** Path of a file of the project. */
export function inProject(path: string): string {
  return join(root, path);
}

/** Starts `backlight ARGS...` in the project's folder. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const program = lane().startsWith("deno")
    ? ["run", "--allow-all", "--no-lock", "--quiet", inProject("src/cli/main.ts")]
    : [inProject("bin/backlight.mjs")];
  return spawn(process.execPath, [...program, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Starts it and waits for its end. */
export async function backlight(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return await outcome(start(args, env));
}

export async function outcome(child: ReturnType<typeof start>): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const stderr = texts.stderr
    .split("\n")
    .filter((line) => !/ \d+ %$|^Warning: |^ {4}at .*\/dawn\//.test(line))
    .join("\n")
    .replace(/^\n+/, "");
  return { code, stdout: texts.stdout, stderr };
}

/** A folder that is removed after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "backlight-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
