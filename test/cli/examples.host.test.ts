// The examples do what their first lines say.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();

async function run(example: string): Promise<string> {
  const args = [inProject("scripts/run.mjs"), inProject(`examples/${example}`)];
  const { stdout } = await promisify(execFile)("node", args, { cwd: folder });
  return stdout;
}

describe("examples", () => {
  it("grad-cam.ts draws the first two guesses", async () => {
    expect(await run("grad-cam.ts")).toMatch(/^class 285, 15\.\d %: grad-cam-285\.png\nclass 967, 13\.\d %: .*\n$/);
    for (const index of [285, 967]) expect(existsSync(join(folder, `grad-cam-${index}.png`))).toBe(true);
  });

  it("train.ts makes the loss smaller", async () => {
    const lines = (await run("train.ts")).trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/ \d\.\d+/g, " #"))).toEqual([
      ...[1, 2, 3].map((step) => `step ${step}: loss #`),
      ...Array.from({ length: 12 }, (_, i) => i).map((epoch) => `epoch ${epoch}: loss #, accuracy #`),
    ]);
    const losses = lines.map((line) => Number(/loss (\d\.\d+)/.exec(line)?.[1]));
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[3] ?? 0));
  });

  it("gradient.ts differentiates", async () => {
    // the windows give -3, 3, 3, -3: two pass the ReLU, one with the cotangent 2, the other with -1
    expect((await run("gradient.ts")).split("\n").slice(-5, -1)).toEqual([
      "y: 3",
      "dx: 0 2 1 -1 -1.5 -2 0.5 1 0",
      "dw: 0 1 3 -4",
      "guided: 0 2 1 0 -1 -2 0 0 0",
    ]);
  });
});
