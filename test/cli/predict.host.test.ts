// `backlight predict` on models with several inputs and outputs, or with the channels first.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { Model, npyToFloat32, readNpy, saveModel, writeNpy } from "../../src/index.ts";
import { functional, inputOf, layerOf, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { backlight } from "./command.ts";

const host = useEngine();
const folder = mkdtempSync(join(tmpdir(), "backlight-predict-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string, config: unknown): Promise<string> {
  using model = Model.fromConfig(host.engine, config);
  const blob = await saveModel(model, { format: "safetensors" });
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
  return path;
}

function array(name: string, values: readonly number[], shape: readonly number[]): string {
  const path = join(folder, name);
  writeFileSync(path, writeNpy(Float32Array.from(values), shape));
  return path;
}

function read(bytes: Uint8Array): { shape: readonly number[]; values: number[] } {
  const npy = readNpy(bytes, "array");
  return { shape: npy.shape, values: [...npyToFloat32(npy)] };
}

describe("several inputs and outputs", () => {
  let model = "";
  const [a, b] = [array("a.npy", [1, 2], [1, 2]), array("b.npy", [10, 20], [2])];

  it("are taken and given in the model's order", async () => {
    const layers = [inputOf([2], "a"), inputOf([2], "b"), layerOf("Subtract", { name: "less" }, ["a", "b"])];
    const { class_name, config } = functional(
      [...layers, layerOf("Add", { name: "sum" }, ["a", "b"])],
      ["less", "sum"],
    ) as {
      class_name: string;
      config: Record<string, unknown>;
    };
    const inputs = [
      ["a", 0, 0],
      ["b", 0, 0],
    ];
    model = await write("pair.safetensors", { class_name, config: { ...config, input_layers: inputs } });
    const out = join(folder, "y.npz");
    const { code, stdout, stderr } = await backlight(["predict", model, a, b, "--out", out, "--json"]);
    expect({ code, stderr: stderr.includes(`Wrote ${out}`) }).toEqual({ code: 0, stderr: true });
    const arrays = Object.entries(unzipSync(readFileSync(out))).map(([name, bytes]) => ({ name, ...read(bytes) }));
    expect(arrays).toEqual([
      { name: "less.npy", shape: [1, 2], values: [-9, -18] },
      { name: "sum.npy", shape: [1, 2], values: [11, 22] },
    ]);
    const { outputs } = JSON.parse(stdout) as { outputs: { name: string; shape: number[]; max: number }[] };
    expect(outputs.map(({ name, max }) => [name, max])).toEqual([
      ["less", -9],
      ["sum", 22],
    ]);
  });

  it("of which one is asked for go into one array", async () => {
    const out = join(folder, "sum.npy");
    expect((await backlight(["predict", model, a, b, "--layer", "sum", "--out", out])).code).toBe(0);
    expect(read(readFileSync(out))).toEqual({ shape: [1, 2], values: [11, 22] });
  });

  it.each([
    [[a], 'model "small" has 2 inputs (a, b), but 1 was given. Give one picture or array for each, in this order.'],
    [[a, b, "--out", join(folder, "both.npy")], "has 2 outputs (less, sum). Give --out FILE.npz for all of them"],
  ])("are refused when they do not fit: %j", async (args, message) => {
    const { code, stderr } = await backlight(["predict", model, ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("channels first", () => {
  let model = "";

  it("arrays have Keras' order of axes, going in and coming out", async () => {
    model = await write(
      "first.safetensors",
      sequential(
        [2, 2, 3],
        [
          [
            "ZeroPadding2D",
            {
              name: "pad",
              padding: [
                [0, 0],
                [1, 0],
              ],
              data_format: "channels_first",
            },
          ],
        ],
      ),
    );
    const values = Array.from({ length: 12 }, (_, i) => i + 1);
    const out = join(folder, "padded.npy");
    const x = array("first.npy", values, [1, 2, 2, 3]);
    expect((await backlight(["predict", model, x, "--out", out])).code).toBe(0);
    expect(read(readFileSync(out))).toEqual({
      shape: [1, 2, 2, 4],
      values: [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12],
    });
  });

  it("an array with the channels last is taken where only that fits", async () => {
    const out = join(folder, "last.npy");
    const x = array(
      "last.npy",
      Array.from({ length: 12 }, (_, i) => i),
      [1, 2, 3, 2],
    );
    expect((await backlight(["predict", model, x, "--out", out])).code).toBe(0);
    expect(read(readFileSync(out))).toEqual({
      shape: [1, 2, 2, 4],
      values: [0, 0, 2, 4, 0, 6, 8, 10, 0, 1, 3, 5, 0, 7, 9, 11],
    });
  });

  it("another shape is refused in Keras' order", async () => {
    const { code, stderr } = await backlight(["predict", model, array("other.npy", [1, 2, 3], [1, 3])]);
    expect(code).toBe(1);
    expect(stderr).toContain('has the shape [1, 3], but model "small" takes [any, 2, 2, 3].');
  });
});
