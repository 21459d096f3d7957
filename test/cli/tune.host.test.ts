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
});

it("BACKLIGHT_TUNE says whether what was found counts; a file that was cut off is replaced", async () => {
  const wrong = await backlight(["doctor"], { ...env, BACKLIGHT_TUNE: "yes" });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("one of off, cached, full") });
  const [name = ""] = readdirSync(join(cache, "tuning"));
  const path = join(cache, "tuning", name);
  writeFileSync(path, '{"format": "backl');
  const predict = async (mode: string) => {
    const args = ["predict", "mnist-gap", "lab/samples/seven.png", "--json"];
    const { code, stdout, stderr } = await backlight(args, { ...env, BACKLIGHT_TUNE: mode });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout).top[0][0] as { index: number; value: number };
  };
  const usual = await predict("cached");
  expect(usual).toMatchObject({ index: 7 });
  expect(readFileSync(path, "utf8")).toBe('{"format": "backl');
  const tuned = await predict("full");
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ format: "backlight-tuning-1" });
  expect(tuned.value).toBeCloseTo(usual.value, 5);
});
