// What `backlight explain` says in the terminal of its results: empty maps, and rules that found nothing to act on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const picture = inProject("test/fixtures/images/gray8.png");
const digits = inProject("test/fixtures/models/lenet-mnist.h5");
const explain = (model: string, ...more: string[]) =>
  backlight(["explain", picture, "--model", model, "--out", join(folder, "out"), ...more]);

it("a rule for ReLUs where there are none is said to be the plain gradient, once for each rule", async () => {
  const model = join(folder, "tanh.h5");
  const bytes = readFileSync(digits);
  // of the same length: the file around them stays right
  for (let at = bytes.indexOf('"relu"'); at >= 0; at = bytes.indexOf('"relu"', at)) bytes.write('"tanh"', at, "latin1");
  writeFileSync(model, bytes);
  const methods = ["guided", "deconvnet", "saliency"].flatMap((name) => ["--method", name]);
  const { code, stdout, stderr } = await explain(model, ...methods);
  expect(code, stderr).toBe(0);
  const notes = stdout.split("\n").filter((line) => line.includes("no ReLU"));
  expect(notes).toEqual([
    "  no ReLU between digits/dense and the input: guided backpropagation is the plain gradient here",
    "  no ReLU between digits/dense and the input: the deconvnet is the plain gradient here",
  ]);
});

it("an empty map is said to be empty, once, and has that in the JSON; other maps are not", async () => {
  // nothing in this picture speaks against a 7, so the map of what does is empty
  const methods = ["--method", "gradcam", "--method", "counterfactual", "--method", "guided"];
  const { code, stdout, stderr } = await explain(digits, ...methods, "--class", "7", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr.match(/^.* is empty: .*$/gm)).toEqual([
    "  Counterfactual Grad-CAM is empty: there is no positive evidence",
  ]);
  expect(stderr).not.toContain("no ReLU");
  const { classes } = JSON.parse(stdout) as {
    classes: { pictures: { method: string; empty: boolean; max: number }[] }[];
  };
  const maps = classes.flatMap(({ pictures }) => pictures);
  expect(new Set(maps.filter(({ empty }) => empty).map(({ method }) => method))).toEqual(new Set(["counterfactual"]));
  for (const { empty, max } of maps) expect(max > 0).toBe(!empty);
});
