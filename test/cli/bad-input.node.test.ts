// Bad input: one clear line on standard error, exit code 1, no stack trace, nothing written.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const tiny = inProject("test/fixtures/models/lenet-mnist.h5");
const gray = inProject("test/fixtures/images/gray8.png");

let folders = 0;
/** An output folder inside a folder, neither of which shall ever be made. */
function unwanted(): { out: string; made: () => boolean } {
  const outer = join(folder, `never-${++folders}`);
  return { out: join(outer, "written"), made: () => existsSync(outer) };
}

/** A copy of a file, changed. */
function changed(name: string, path: string, change: (bytes: Buffer) => Uint8Array): string {
  const copy = join(folder, name);
  writeFileSync(copy, change(readFileSync(path)));
  return copy;
}

/** The same number of bytes, so that the file around them stays right. */
function replaced(from: string, to: string): (bytes: Buffer) => Uint8Array {
  return (bytes) => {
    const at = bytes.indexOf(from);
    if (at < 0 || from.length !== to.length) throw new Error(`"${from}" cannot be replaced`);
    bytes.write(to, at, "latin1");
    return bytes;
  };
}

const image = (path: string) => ["explain", path, "--model", tiny];
const fixture = (name: string) => inProject(`test/fixtures/images/${name}`);
const model = (path: string, ...more: string[]) => ["explain", gray, "--model", path, ...more];
const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

/** What is given, and what must be said about it. */
const rows: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ["no picture", image(fixture("nothing.png")), /nothing\.png: there is no such file/],
  ["a folder for a picture", image(folder), /it is a folder/],
  ["an empty picture", image(fixture("empty.png")), /empty\.png: .*empty file/],
  ["a text named .png", image(fixture("text.png")), /text\.png: .*text file/],
  ["a giant picture", image(fixture("giant.png")), /60000x60000 = 3600000000 pixels, but at most/],
  ["a truncated PNG", image(changed("half.png", fixture("rgb8.png"), half)), /half\.png: .*truncated/],
  ["a truncated JPEG", image(changed("half.jpg", fixture("gray.jpg"), half)), /half\.jpg: .*truncated/],
  ["no model", model("nothing.h5"), /there is no file nothing\.h5/],
  ["a name that is no model", model("resnet5"), /no model "resnet5"; did you mean "resnet50"\?/],
  ["what is not a model", model(gray), /gray8\.png is no model or weights file: it looks like a PNG picture/],
  ["a truncated model", model(changed("half.h5", tiny, half)), /half\.h5 is cut short/],
  [
    "a layer type that is not supported",
    model(changed("unsupported.h5", tiny, replaced('"Dropout"', '"Dropoff"'))),
    /layer "dropout" is of class Dropoff, which is not supported\..* Supported: /,
  ],
  [
    "a weight of the wrong shape",
    model(changed("shape.h5", tiny, replaced('"units": 24', '"units": 25'))),
    /layer "dense1": kernel .* is 432x24, the model wants 432x25/,
  ],
  ["a class out of range", model(tiny, "--class", "10"), /there is no class 10: lenet_mnist has 10, from 0 to 9/],
  ["a layer that does not exist", model(tiny, "--layer", "conf2"), /no layer "conf2"; did you mean "conv2"\?/],
  ["weights that are not there", ["predict", "vgg16", gray], /backlight weights fetch vgg16/],
];

/** What is found out only after the forward pass: one at a time, since software drivers suffer from company. */
const lateRows: typeof rows = [
  ["a layer without pixels", model(tiny, "--layer", "flatten", "--method", "gradcam"), /no height and width/],
  ["a method that is not defined", model(tiny, "--method", "cam"), /CAM is not defined for it/],
];

async function expectOneLine(args: readonly string[], says: RegExp): Promise<void> {
  const { out, made } = unwanted();
  const { code, stdout, stderr } = await backlight([...args, "--out", out], {
    BACKLIGHT_CACHE: folder,
    HOME: folder,
    // without its cache of compiled shaders, lavapipe takes half a minute longer
    MESA_SHADER_CACHE_DIR: join(homedir(), ".cache"),
  });
  expect(stderr).toMatch(/^backlight: [^\n]*\n$/);
  expect(stderr).toMatch(says);
  expect(code).toBe(1);
  // nothing but the adapter's name was said before
  expect(stdout).toMatch(/^(Adapter: .*\n)?$/);
  expect(made()).toBe(false);
}

describe("one line about", () => {
  it.each(lateRows)("%s", (_what, args, says) => expectOneLine(args, says));

  it("a folder in the place of a file", async () => {
    const out = join(folder, "taken");
    mkdirSync(join(out, "report.html"), { recursive: true });
    const { code, stdout, stderr } = await backlight([...image(gray), "--out", out, "--method", "gradcam", "--json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^Adapter: .*\nbacklight: cannot write .*report\.html: a folder of that name is in the way\.\n$/,
    );
    expect(readdirSync(out)).toEqual(["report.html"]);
  });
});

describe.concurrent("one line about", () => {
  it.each(rows)("%s", (_what, args, says) => expectOneLine(args, says));

  it.each([
    ["a file", gray],
    ["a folder below a file", join(gray, "out")],
    ["a folder that nobody may make", "/proc/backlight/out"],
  ])("an output folder that is %s", async (_what, out) => {
    const { code, stdout, stderr } = await backlight([...image(gray), "--out", out]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^backlight: cannot write to the folder [^\n]*\n$/);
    expect(stderr).toContain(out);
  });

  it("a machine without an adapter", async () => {
    const nowhere = join(folder, "no-such-driver.json");
    const none = { VK_ICD_FILENAMES: nowhere, VK_DRIVER_FILES: nowhere, DENO_WEBGPU_BACKEND: "vulkan" };
    const { out, made } = unwanted();
    for (const args of [[...image(gray), "--out", out], ["doctor"]]) {
      const { code, stdout, stderr } = await backlight(args, none);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^backlight: no WebGPU adapter: [^\n]*\n$/);
    }
    expect(made()).toBe(false);
  });

  it("where it happened, with --debug", async () => {
    const { code, stderr } = await backlight([...image(fixture("empty.png")), "--debug"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^backlight: .*\nImageFormatError: .*\n {4}at /);
  });
});
