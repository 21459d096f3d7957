import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesSource } from "../../weights/byte-source.ts";
import { openModelFile } from "../../weights/open.ts";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const lenet = inProject("test/fixtures/models/lenet-mnist.h5");

async function weightsIn(path: string): Promise<number[][]> {
  const file = await openModelFile(bytesSource(new Uint8Array(readFileSync(path)), path));
  const values = file.layers.flatMap(({ weights }) => weights.map((weight) => [...weight.read()]));
  file.close();
  return values.toSorted((a, b) => a.length - b.length || (a[0] ?? 0) - (b[0] ?? 0));
}

describe.concurrent("weights convert", () => {
  it.each(["safetensors", "h5", "weights.h5"])("writes .%s with every weight as it was", async (ending) => {
    const out = join(folder, `lenet.${ending}`);
    const { code, stdout, stderr } = await backlight(["weights", "convert", lenet, out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Wrote .*: \d+ bytes, 8 weights of 11,726 numbers in float32\.\n$/);
    expect(await weightsIn(out)).toEqual(await weightsIn(lenet));
  });

  it("says it in JSON for machines, in float16, over a file that is there", async () => {
    const out = join(folder, "half.safetensors");
    writeFileSync(out, "old");
    const args = ["weights", "convert", lenet, out, "--dtype", "float16", "--force", "--json"];
    const { code, stdout } = await backlight(args);
    const { sizeBytes, ...facts } = JSON.parse(stdout) as { sizeBytes: number };
    const format = "safetensors";
    const wanted = { path: out, format, dtype: "float16", tensors: 8, parameters: 11_726, notes: [] };
    expect({ code, facts }).toEqual({ code: 0, facts: wanted });
    expect(sizeBytes).toBe(readFileSync(out).length);
    expect(sizeBytes).toBeLessThan(30_000);
  });

  it("takes an architecture and its weights, and the built-in network", async () => {
    const [json, weights] = ["vgg-like.json", "vgg-like-weights.h5"].map((name) =>
      inProject(`test/fixtures/models/${name}`),
    );
    const out = join(folder, "vgg.h5");
    const { code } = await backlight(["weights", "convert", json ?? "", out, "--weights", weights ?? ""]);
    expect(code).toBe(0);
    expect(await weightsIn(out)).toEqual(await weightsIn(weights ?? ""));
    const embedded = join(folder, "lite.safetensors");
    expect((await backlight(["weights", "convert", "default", embedded])).code).toBe(0);
    const file = await openModelFile(bytesSource(new Uint8Array(readFileSync(embedded)), embedded));
    expect(file.metadata).toMatchObject({ classes: "imagenet-1k", license: "Apache-2.0", format: "backlight" });
    expect(JSON.parse(file.metadata?.preprocess ?? "")).toMatchObject({ width: 224, method: "bilinear" });
    file.close();
  });

  it("refuses, and leaves nothing behind", async () => {
    const there = join(folder, "there.h5");
    writeFileSync(there, "precious");
    const refusals: [string[], number, RegExp][] = [
      [["convert", lenet, there], 1, /there\.h5 is there already, .*--force/],
      [["convert", lenet, join(folder, "refused.keras")], 1, /the ending tells the format/],
      [["convert", join(folder, "none.h5"), join(folder, "refused.h5")], 1, /none\.h5/],
      [
        ["convert", inProject("test/fixtures/models/vgg-like-weights.h5"), join(folder, "refused.h5")],
        1,
        /no architecture/,
      ],
      [["convert", lenet], 2, /convert needs OUT.*Usage: backlight weights convert IN OUT/],
      [["convert"], 2, /convert needs IN and OUT/],
      [["convrt", lenet, there], 2, /did you mean "convert"/],
      [["convert", lenet, there, "--dtype", "float8"], 2, /did you mean "float16"|Known: float32, float16/],
      [["verify", "vgg16", "vgg19"], 2, /takes one name/],
    ];
    for (const [args, wanted, message] of refusals) {
      const { code, stdout, stderr } = await backlight(["weights", ...args]);
      expect({ args, code, stdout }).toEqual({ args, code: wanted, stdout: "" });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^backlight: [^\n]*\n$/);
    }
    expect(readFileSync(there, "utf8")).toBe("precious");
    expect(existsSync(join(folder, "refused.h5"))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith(".") || name.startsWith("refused"))).toEqual([]);
  });
});
