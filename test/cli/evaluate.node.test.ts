// `backlight evaluate`: numbers on the terminal, curves in a report and a JSON file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const fixture = (name: string) => inProject(`test/fixtures/${name}`);
const model = fixture("models/lenet-mnist.h5");

describe("evaluate", () => {
  const out = temporaryFolder();

  it("measures methods on pictures and draws the curves", async () => {
    const images = [fixture("images/gray8.png"), fixture("images/rgb8.png")];
    const choice = ["--method", "gradcam,saliency", "--metrics", "deletion,road,increase,randomisation"];
    const small = ["--layer", "conv2", "--steps", "4", "--preprocess", "unit"];
    const args = ["evaluate", ...images, "--model", model, ...choice, ...small, "--out", out, "--json"];
    const { code, stdout, stderr } = await backlight(args);
    expect({ code, stderr: stderr.includes("better") }).toEqual({ code: 0, stderr: true });
    const result = JSON.parse(stdout);
    expect(Object.keys(result.mean)).toEqual(["gradcam", "saliency"]);
    const [first, second] = result.pictures;
    for (const method of ["gradcam", "saliency"]) {
      const deletion = result.mean[method].deletion;
      expect(deletion.curve).toHaveLength(5);
      const mean = (first.results[method].deletion.auc + second.results[method].deletion.auc) / 2;
      expect(deletion.auc).toBeCloseTo(mean, 12);
      expect(result.mean[method].road.curve).toHaveLength(9);
      expect(result.mean[method].randomisation.layers.at(-1).layer).toBe("conv1");
    }
    expect(first.results.gradcam.deletion).not.toEqual(first.results.saliency.deletion);
    expect(readdirSync(out).sort()).toEqual(["curves.json", "report.html"]);
    const { folder, ...numbers } = result;
    expect(folder).toBe(out);
    expect(JSON.parse(readFileSync(join(out, "curves.json"), "utf8"))).toEqual(numbers);
    const html = readFileSync(join(out, "report.html"), "utf8");
    expect(html.match(/<svg class="chart"/g)).toHaveLength(3);
    expect(html).toContain("least relevant first");
    expect(html).not.toMatch(/<script|https?:/);
  });

  it.each([
    [["--metrics", "insertoin"], 'did you mean "insertion"?'],
    [["--method", "sweep"], "has no map of its own"],
  ])("%j is a wrong command line", async (args, message) => {
    const { code, stderr } = await backlight(["evaluate", fixture("images/gray8.png"), ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
