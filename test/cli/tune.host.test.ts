// `backlight tune` as its user meets it: what it finds is kept, found again, and never in the way.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backlight, temporaryFolder } from "./command.ts";

const cache = temporaryFolder();
const env = { BACKLIGHT_CACHE: cache };

interface Told {
  readonly path: string;
  readonly left: number;
  readonly places: readonly { readonly place: string; readonly way: string }[];
}

async function tune(...more: string[]): Promise<Told> {
  const { code, stdout, stderr } = await backlight(["tune", "mnist-gap", "--json", ...more], env);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Told;
}

it("measures each convolution once and keeps what it found", async () => {
  const first = await tune();
  expect(first.left).toBe(0);
  expect(new Set(first.places.map(({ place }) => place.split(" ")[0]))).toEqual(
    new Set(["conv2d", "conv2d-input-vjp"]),
  );
  expect(readdirSync(join(cache, "tuning"))).toHaveLength(1);
  const kept = JSON.parse(readFileSync(first.path, "utf8")) as { ways: Record<string, string> };
  expect(Object.keys(kept.ways).sort()).toEqual(first.places.map(({ place }) => place).sort());
  expect(await tune()).toEqual({ path: first.path, left: 0, places: [] });

  // a file that was cut off is no obstacle, and is replaced
  writeFileSync(first.path, '{"format": "backl');
  const again = await tune();
  expect(again.places).toHaveLength(first.places.length);
});

it("BACKLIGHT_TUNE says whether what was found counts", async () => {
  const wrong = await backlight(["doctor"], { ...env, BACKLIGHT_TUNE: "yes" });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("one of off, cached, full") });
  const folder = temporaryFolder();
  const args = ["predict", "mnist-gap", "lab/samples/seven.png", "--json"];
  const full = await backlight(args, { BACKLIGHT_CACHE: folder, BACKLIGHT_TUNE: "full" });
  expect(full.code, full.stderr).toBe(0);
  expect(readdirSync(join(folder, "tuning"))).toHaveLength(1);
  const off = await backlight(args, { BACKLIGHT_CACHE: folder, BACKLIGHT_TUNE: "off" });
  const top = ({ stdout }: { stdout: string }) => JSON.parse(stdout).outputs?.[0]?.top ?? JSON.parse(stdout).top;
  expect(top(full)[0][0].index).toBe(7);
  expect(top(full)[0][0].value).toBeCloseTo(top(off)[0][0].value, 5);
});
