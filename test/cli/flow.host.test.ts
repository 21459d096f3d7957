// `backlight flow` and the methods beyond "all", run for real.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const picture = inProject("test/fixtures/images/rgb8.png");
const model = inProject("test/fixtures/models/residual.h5");

it("prints every cotangent as a table, and keeps it as JSON", async () => {
  const out = join(folder, "new/flow.json");
  const asked = [picture, "--model", model, "--class", "2", "--layer", "stem_pool", "--rule", "guided", "--out", out];
  const { code, stdout, stderr } = await backlight(["flow", ...asked]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/(^|\n)residual, class 2 in rgb8\.png:\n\nnode +label +op +shape +norm/);
  expect(stdout).toMatch(/\n +19 +b_out +relu \* +\[1, 4, 4, 20\] /);
  expect(stdout).toMatch(/\nfrom the logit of class 2 back to stem_pool, rule guided: 18 cotangents/);
  expect(stdout).toMatch(/\nalpha, the mean over positions: 12 channels/);
  const kept = JSON.parse(readFileSync(out, "utf8"));
  expect(kept).toMatchObject({ image: picture, provenance: { layer: "stem_pool", rule: "guided" } });
  expect(kept.nodes).toHaveLength(18);
});

it("gives JSON alone where that is asked for, and a clear error for what is not there", async () => {
  const { code, stdout } = await backlight(["flow", picture, "--model", model, "--rule", "deconvnet", "--json"]);
  expect(code).toBe(0);
  const note = "no ReLU between predictions/dense and b_out: the deconvnet is the plain gradient here";
  expect(JSON.parse(stdout)).toMatchObject({ provenance: { layer: "b_out", rule: "deconvnet" }, notes: [note] });
  const missing = await backlight(["flow", picture, "--model", model, "--layer", "stem_pol"]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain('did you mean "stem_pool"?');
  expect((await backlight(["flow", picture, "--rule", "giuded"])).code).toBe(2);
});

it("explains by every method, each in its section of the report", async () => {
  const out = join(folder, "every");
  const quick = ["cams", "gradients"].flatMap((group) => ["--method", group]);
  const { code, stdout, stderr } = await backlight([
    ...["explain", picture, "--model", model, "--class", "2", ...quick, "--method", "occlusion", "--out", out],
    "--json",
  ]);
  expect(code, stderr).toBe(0);
  const [{ pictures, skipped }] = JSON.parse(stdout).classes;
  expect(skipped).toEqual([]);
  const methods = new Set(pictures.map((one: { method: string }) => one.method));
  for (const name of ["gradcam++", "fullgrad", "scorecam", "eigencam", "rectgrad", "lrp", "smoothgrad", "occlusion"])
    expect(methods).toContain(name);
  const html = readFileSync(join(out, "report.html"), "utf8");
  for (const heading of ["Where it looked", "What it noticed there", "What it would miss", "Layer by layer"])
    expect(html).toContain(`<h2>${heading}</h2>`);
});
