import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readFixture } from "../support/fixture.ts";
import { examine } from "./examine.ts";
import { formats } from "./formats.ts";
import type { Measured } from "./measure.host.ts";

const [script, starter] = ["./measure.host.ts", "../../scripts/run.mjs"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

function measureAll(): Measured[] {
  const isDeno = "deno" in process.versions;
  const args = isDeno ? ["run", "--allow-all", "--no-lock", "--quiet", script ?? ""] : [starter ?? "", script ?? ""];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  expect(status, stderr).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Measured);
}

test("every hostile file is refused, in two seconds and 256 MB", () => {
  const all = measureAll();
  expect(all.length).toBeGreaterThan(100);
  const accepted = all.filter(({ kind }) => kind === "accepted").map(({ file }) => file);
  // A tensor named `__proto__` is odd and harmless.
  expect(accepted).toEqual(["prototype-name.safetensors"]);
  expect(all.filter(({ kind }) => kind === "failed")).toEqual([]);
  expect(all.filter(({ milliseconds }) => milliseconds > 2000)).toEqual([]);
  if (process.platform === "linux") {
    const measured = all.map(({ grewBytes }) => grewBytes ?? Number.NaN);
    expect(Math.max(...measured)).toBeLessThan(256 * 2 ** 20);
    // Unpacking what claims to be 256 bytes and is 160 MB costs something: what is measured is real.
    expect(Math.max(...measured)).toBeGreaterThan(2 ** 24);
  }
});

test("the judge fails what is neither read nor refused as it should be", async () => {
  const [format] = formats;
  if (!format) throw new Error("no formats");
  const file = "weights.h5";
  const files = new Map([[file, await readFixture(`fixtures/weights/${file}`)]]);
  const weight = {
    ...{ layer: "a", name: "kernel", shape: [2, 2], dtype: "f32", sizeBytes: 16 },
    read: () => new Float32Array(3),
    readRows: (_: number, count: number) => new Float32Array(2 * count),
  };
  const judge = async (open: typeof format.open) => await examine({ ...format, open }, files);
  const model = { name: file, format: "keras-h5", naming: "layer", close() {} } as const;
  const short = await judge(async () => ({ ...model, layers: [{ name: "a", weights: [weight] }] }));
  expect(short).toMatchObject({ kind: "failed", message: expect.stringContaining("3 of 4 values were read") });
  const careless = await judge(async () => {
    throw new TypeError("Cannot read properties of undefined");
  });
  expect(careless).toMatchObject({ kind: "failed", message: expect.stringContaining("not a refusal") });
  expect((await judge(format.open)).kind).toBe("accepted");
});
