// The commands, run for real: what they print, what they write, and that --json is one document and nothing else.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { npyToFloat32, readNpy, writeNpy } from "../../weights/npy.ts";
import { backlight, inProject, outcome, start, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const fixture = (path: string) => inProject(`test/fixtures/${path}`);

interface Explained {
  readonly folder: string;
  readonly predictions: readonly { readonly index: number; readonly probability: number }[];
  readonly classes: readonly {
    readonly index: number;
    readonly pictures: readonly {
      readonly file: string;
      readonly method: string;
      readonly form: string;
      readonly box?: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
    }[];
  }[];
}

async function explained(args: readonly string[]): Promise<Explained> {
  const { code, stdout, stderr } = await backlight(["explain", ...args, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Explained;
}

describe("explain", () => {
  it("tells two classes of one picture apart with the built-in network, offline", async () => {
    const out = join(folder, "default");
    const picture = inProject("weights/samples/cat-and-coffee.jpg");
    const classes = ["--class", "egyptian cat", "--class", "967"];
    const result = await explained([picture, ...classes, "--method", "gradcam", "--box", "--out", out]);
    expect(result.predictions.slice(0, 2).map(({ index }) => index)).toEqual([285, 967]);
    const boxes = result.classes.map(({ pictures }) => pictures.find(({ form }) => form === "overlay")?.box);
    const [cat, coffee] = boxes.map((box) => ((box?.y0 ?? Number.NaN) + (box?.y1 ?? Number.NaN)) / 2);
    // the cat is the upper half of 448 pixels
    expect(cat).toBeLessThan(200);
    expect(coffee).toBeGreaterThan(248);
  });

  it("explains a class once that is asked for twice", async () => {
    const model = fixture("models/residual.h5");
    const twice = ["--class", "3", "--class", "03", "--method", "cam"];
    const result = await explained([
      fixture("images/rgb8.png"),
      "--model",
      model,
      ...twice,
      "--out",
      join(folder, "1"),
    ]);
    expect(result.classes.map(({ index }) => index)).toEqual([3]);
  });

  it("leaves nothing behind when it is stopped", async () => {
    const out = join(folder, "stopped");
    const model = fixture("models/lenet-mnist.h5");
    const child = start(["explain", fixture("images/gray8.png"), "--model", model, "--out", join(out, "inner")]);
    let made = false;
    child.stdout.once("data", () => {
      made = existsSync(join(out, "inner"));
      child.kill("SIGTERM");
    });
    expect((await outcome(child)).code).not.toBe(0);
    expect({ made, left: existsSync(out) }).toEqual({ made: true, left: false });
  });

  it("writes every method's pictures, a contact sheet and a report that needs nothing else", async () => {
    const out = join(folder, "deep/er");
    const model = fixture("models/residual.h5");
    const result = await explained([fixture("images/rgb8.png"), "--model", model, "--class", "0", "--out", out]);
    const pictures = result.classes.flatMap((one) => one.pictures);
    const methods = ["cam", "gradcam", "counterfactual", "guided-gradcam", "guided", "deconvnet"];
    const saliencies = ["saliency", "saliency-positive", "saliency-negative"];
    expect([...new Set(pictures.map(({ method }) => method))]).toEqual([...methods, ...saliencies, "sweep"]);
    const files = pictures.map(({ file }) => file);
    expect(readdirSync(out).sort()).toEqual([...files, "contact-sheet.png", "report.html"].sort());
    for (const file of [...files, "contact-sheet.png"])
      expect(readFileSync(join(out, file)).subarray(0, 8).toString("latin1"), file).toBe("\x89PNG\r\n\x1a\n");
    const animation = pictures.find(({ form }) => form === "animation");
    expect(readFileSync(join(out, animation?.file ?? "")).includes("acTL")).toBe(true);
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(pictures.length + 1);
    expect(html).not.toMatch(/https?:|<script|src="(?!data:)|href=|url\(/);
  });
});

describe("predict", () => {
  const model = fixture("models/lenet-mnist.h5");
  const input = join(folder, "two.npy");
  writeFileSync(
    input,
    writeNpy(
      Float32Array.from({ length: 2 * 28 * 28 }, (_, i) => (i % 97) / 97),
      [2, 28, 28, 1],
    ),
  );

  it("takes an array and writes an array", async () => {
    const out = join(folder, "y.npy");
    const { code, stdout } = await backlight(["predict", model, input, "--out", out, "--top", "3", "--json"]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { shape: number[]; top: { index: number; value: number }[][] };
    const array = readNpy(new Uint8Array(readFileSync(out)), out);
    expect([array.shape, result.shape]).toEqual([
      [2, 10],
      [2, 10],
    ]);
    const values = npyToFloat32(array);
    for (const [n, row] of result.top.entries()) {
      const own = values.slice(10 * n, 10 * n + 10);
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      expect(row).toHaveLength(3);
      expect(row[0]?.value).toBe(Math.max(...own));
      for (const { index, value } of row) expect(value).toBe(own[index]);
    }
  });

  it("does its work where nobody reads any more what it says", async () => {
    const out = join(folder, "unheard", "y.npy");
    const child = start(["predict", model, input, "--out", out]);
    child.stdout.destroy();
    expect(await outcome(child)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(out)).toBe(true);
  });

  it("takes a picture and shows a layer", async () => {
    const { code, stdout } = await backlight(["predict", model, fixture("images/gray8.png"), "--layer", "pool2"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/layer "pool2": \[1, 6, 6, 12\], from /);
  });

  it("finds out about a bad --out before it works", async () => {
    const { code, stderr } = await backlight(["predict", model, input, "--out", folder]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `backlight: --out ${folder} is a folder: give the name of a file, such as y.npy.\n`,
    });
  });
});

describe.concurrent("summary", () => {
  it.each([
    ["vgg16", "138,357,544"],
    ["resnet50", "25,636,712"],
    [fixture("models/lenet-mnist.h5"), "11,726"],
  ])("of %s", async (model, total) => {
    const { code, stdout, stderr } = await backlight(["summary", model]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Total params: ${total} (`);
  });

  it("is JSON for machines", async () => {
    const { stdout } = await backlight(["summary", "resnet50", "--json"]);
    const { parameters, layers } = JSON.parse(stdout) as { parameters: object; layers: { name: string }[] };
    expect(parameters).toEqual({ total: 25_636_712, trainable: 25_583_592, nonTrainable: 53_120 });
    expect(layers.map(({ name }) => name)).toContain("conv5_block3_out");
  });
});

describe.concurrent("weights", () => {
  const env = { BACKLIGHT_CACHE: join(folder, "cache"), HOME: folder };

  it("lists what is known", async () => {
    const { code, stdout } = await backlight(["weights", "list", "--json"], env);
    const files = JSON.parse(stdout) as { name: string; state: string }[];
    expect({ code, vgg16: files.find(({ name }) => name === "vgg16")?.state }).toEqual({ code: 0, vgg16: "absent" });
  });

  it("names the place of a file that is not there", async () => {
    const { code, stdout } = await backlight(["weights", "path", "resnet50"], env);
    expect(code).toBe(0);
    expect(stdout).toBe(`${join(env.BACKLIGHT_CACHE, "resnet50_weights_tf_dim_ordering_tf_kernels.h5")}\n`);
  });

  it("verifies nothing that is not there", async () => {
    const { code, stderr } = await backlight(["weights", "verify", "vgg16"], env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "backlight: vgg16 is not on this machine. Fetch it with `backlight weights fetch vgg16`.\n",
    });
  });

  it("says what to do by hand where nothing can be fetched", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/file.json`;
    const { code, stderr } = await backlight(["weights", "fetch", "imagenet-class-index", "--url", url], env);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^backlight: [^\n]*\n$/);
    expect(stderr).toContain(url);
    expect(stderr).toContain(env.BACKLIGHT_CACHE);
    expect(existsSync(join(env.BACKLIGHT_CACHE, "imagenet_class_index.json"))).toBe(false);
  });
});
