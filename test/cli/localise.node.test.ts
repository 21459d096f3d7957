// `backlight localise`, run for real on four small pictures: lines, shards, merging, going on, and what is refused.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localiseSpec } from "../../src/cli/command-specs.ts";
import { runLocalise } from "../../src/cli/commands/localise.host.ts";
import { readDataSet } from "../../src/cli/commands/localise-data.host.ts";
import { parseOptions } from "../../src/cli/options.ts";
import { Terminal } from "../../src/cli/terminal.host.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { encodePng } from "../../src/image/encode.ts";
import { solid } from "../../src/image/render.ts";
import { backlight, inProject, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const pictures = join(folder, "pictures");
const model = inProject("test/fixtures/models/residual.h5");

mkdirSync(join(pictures, "inner"), { recursive: true });
for (const [i, name] of ["a.png", "b.png", "inner/c.png", "inner/d.png", "without.png"].entries()) {
  const image = solid({ width: 40, height: 30 }, [20, 40, 60]);
  for (let y = 5; y < 15; y++)
    for (let x = 5 + 4 * i; x < 15 + 4 * i; x++) image.data.set([250, 200, 90], 3 * (y * 40 + x));
  writeFileSync(join(pictures, name), await encodePng(image));
}
writeFileSync(join(pictures, "b.png"), "no picture");
const boxes = join(folder, "boxes.csv");
writeFileSync(
  boxes,
  `image,class,x0,y0,x1,y1
a.png,0,5,5,14,14
a.png,2,0,0,39,29
b.png,0,9,5,18,14
inner/c.png,1,13,5,22,14
d.png,0,17,5,26,14
gone.png,0,1,1,2,2
`,
);

const argumentsOf = (out: string) => [pictures, "--boxes", boxes, "--model", model, "--out", join(folder, out)];
const localise = (out: string, ...more: string[]) => backlight(["localise", ...argumentsOf(out), ...more]);
/** Without a process of its own, for what ends before anything is printed. */
const here = async (args: readonly string[]) =>
  await runLocalise(parseOptions(localiseSpec, args), new Terminal({ json: true }));
const file = (out: string, name: string) => readFileSync(join(folder, out, name), "utf8");
const linesOf = (out: string) =>
  file(out, "results.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const metricsOf = (out: string) => (JSON.parse(file(out, "summary.json")) as { metrics: object }).metrics;

describe("localise", () => {
  it("writes a line for each picture with boxes, counts what it cannot read, and sums up", async () => {
    const { code, stdout, stderr } = await localise("whole", "--json");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("1 picture of the folder has no boxes: left out");
    expect(stderr).toContain("1 picture of the box file is not in the folder");
    expect(stderr).toMatch(/no result for b\.png: .*got a text file/);
    const lines = linesOf("whole");
    expect(lines.map(({ image }) => image)).toEqual(["a.png", "b.png", "inner/c.png", "inner/d.png"]);
    expect(lines.map(({ error }) => typeof error)).toEqual(["undefined", "string", "undefined", "undefined"]);
    const summary = JSON.parse(stdout) as { metrics: Record<string, unknown> };
    expect(summary.metrics).toMatchObject({ explained: 3, errors: 1, maps: 4 });
    expect(summary.metrics).toEqual(metricsOf("whole"));
    const [first] = lines as unknown as [{ results: { index: number; iou: number; boxes: object[] }[] }];
    expect(first.results.map(({ index, boxes: truth }) => [index, truth])).toEqual([
      [0, [{ x0: 5, y0: 5, x1: 14, y1: 14 }]],
      [2, [{ x0: 0, y0: 0, x1: 39, y1: 29 }]],
    ]);
    const html = file("whole", "report.html");
    expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(4);
    expect(html).not.toMatch(/https?:|<script|src="(?!data:)|href=|url\(/);
    expect(html.match(/<polyline/g)).toHaveLength(4);
  });

  it("goes on where it was stopped, in the middle of a line too", async () => {
    mkdirSync(join(folder, "part2"));
    const settings = JSON.parse(file("whole", "settings.json")) as object;
    const facts = { ...settings, shard: { index: 2, count: 2 }, share: 2 };
    writeFileSync(join(folder, "part2", "settings.json"), JSON.stringify(facts));
    writeFileSync(
      join(folder, "part2", "results.jsonl"),
      '{"image":"b.png","error":"kept"}\n{"image":"inner/d.png","wi',
    );
    const again = [...argumentsOf("part2"), "--shard", "2/2"];
    await expect(here(again)).rejects.toThrow("has results already. Go on with them (--resume)");
    const other = here([...again, "--resume", "--method", "cam"]);
    await expect(other).rejects.toThrow("was begun with method gradcam, which is cam now");
    const shard = here([...argumentsOf("part2"), "--shard", "1/2", "--resume"]);
    await expect(shard).rejects.toThrow("was begun with shard 2/2, which is 1/2 now");
    const { code, stderr } = await localise("part2", "--shard=2/2", "--resume");
    expect(code, stderr).toBe(0);
    expect(linesOf("part2")).toEqual([{ image: "b.png", error: "kept" }, linesOf("whole")[3]]);
  });

  it("is shared by shards, whose parts are merged into the same", async () => {
    expect((await localise("part1", "--shard", "1/2")).code).toBe(0);
    expect(linesOf("part1")).toEqual([linesOf("whole")[0], linesOf("whole")[2]]);
    const folders = ["merged", "part2", "part1"].map((name) => join(folder, name));
    const { code, stderr } = await backlight(["localise", "merge", ...folders]);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain("The parts hold");
    const [first, , third, fourth] = linesOf("whole");
    expect(linesOf("merged")).toEqual([first, { image: "b.png", error: "kept" }, third, fourth]);
    expect(metricsOf("merged")).toEqual(metricsOf("whole"));
    expect(existsSync(join(folder, "merged", "report.html"))).toBe(true);
  });

  it("explains several pictures at once, and takes labels for what a file says they are", async () => {
    const [named, classes] = [join(folder, "named.csv"), join(folder, "classes.json")];
    const labels = ["left", "whole", "left", "middle", "left", "left"];
    const [head, ...rows] = readFileSync(boxes, "utf8").trim().split("\n");
    const relabelled = rows.map((row, i) => row.replace(/,\d,/, `,${labels[i]},`));
    writeFileSync(named, [head, ...relabelled].join("\n"));
    writeFileSync(classes, '{\n "left": 0,\n "whole": "2",\n "middle": 1, "never seen": 1\n}');
    const run = ["--boxes", named, "--batch", "3", "--classes", classes];
    const { code, stderr } = await localise("batched", ...run);
    expect(code, stderr).toBe(0);
    const withoutLabels = (out: string) => JSON.stringify(linesOf(out)).replace(/"class":"\w+"/g, "");
    expect(withoutLabels("batched")).toEqual(withoutLabels("whole"));
    expect(JSON.stringify(linesOf("batched")[0])).toContain('"class":"whole","index":2');
    expect(file("batched", "settings.json")).toContain('"classes": "classes.json"');
    writeFileSync(classes, '{\n "left": 0,\n "whole": 99}');
    const wrong = here([...argumentsOf("wrong"), ...run]);
    await expect(wrong).rejects.toThrow(`${classes}, line 3: there is no class 99: residual has`);
    writeFileSync(classes, '{ "left": 0 }');
    const unknown = here([...argumentsOf("wrong"), ...run]);
    await expect(unknown).rejects.toThrow(/named\.csv: .*"whole" means nothing.* Add it to .*classes\.json\./);
  });

  it("tells which parts do not belong together, and which is none", async () => {
    const other = join(folder, "other");
    mkdirSync(other);
    copyFileSync(join(folder, "part2", "results.jsonl"), join(other, "results.jsonl"));
    const settings = file("part1", "settings.json").replace('"threshold": 0.2', '"threshold": 0.15');
    writeFileSync(join(other, "settings.json"), settings);
    const merge = (...parts: string[]) => here(["merge", join(folder, "never"), ...parts]);
    const part = join(folder, "part1");
    await expect(merge(part, other)).rejects.toThrow("threshold is 0.2 in one, 0.15 in the other");
    await expect(merge(part, pictures)).rejects.toThrow("pictures is no folder of `backlight localise`");
    await expect(merge(join(folder, "never"))).rejects.toThrow(UsageError);
    writeFileSync(join(other, "results.jsonl"), '{"image":"a.png","results":[]}\n{"image":1}\n');
    await expect(merge(other)).rejects.toThrow("results.jsonl, line 2: this is no result");
  });

  it("finds pictures by their path, their name, or their name without ending; not by a name that two have", async () => {
    const voc = join(folder, "voc");
    mkdirSync(voc);
    const annotation = (name: string) => `<annotation><filename>${name}</filename><object><name>n01440764</name>
<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>`;
    for (const name of ["a", ".\\inner\\c.png", "d.png", "e"])
      writeFileSync(join(voc, `${/\w(?=\.|$)/.exec(name)?.[0]}.xml`), annotation(name));
    const { annotated, withoutBoxes, missing } = readDataSet(pictures, voc);
    expect(annotated.map(({ image }) => image)).toEqual(["a.png", "inner/c.png", "inner/d.png"]);
    expect(annotated[0]?.boxes).toEqual([{ x0: 0, y0: 0, x1: 8, y1: 8, class: "n01440764" }]);
    expect([withoutBoxes, missing]).toEqual([2, 1]);
    mkdirSync(join(folder, "twice", "inner"), { recursive: true });
    for (const path of ["a.png", "inner/a.png"]) writeFileSync(join(folder, "twice", path), "");
    expect(readDataSet(join(folder, "twice"), boxes).annotated.map(({ image }) => image)).toEqual(["a.png"]);
    expect(() => readDataSet(join(folder, "twice"), join(voc, "a.xml"))).toThrow(
      '"a" fits 2 pictures (a.png, inner/a.png)',
    );
  });

  it.each([
    [["--boxes", boxes, "--shard", "0/2"], "with i from 1 to n"],
    [["--boxes", boxes, "--shard", "3/2"], "with i from 1 to n"],
    [["--boxes", boxes, "--threshold", "20"], "at least 0 and below 1"],
    [["--boxes", boxes, "--method", "saliency"], 'there is no "saliency"'],
    [["--boxes", join(folder, "no.csv")], "there is no such file"],
    [["--boxes", inProject("package.json")], 'package.json, line 1: a COCO file has a list "images"'],
    [["--boxes", pictures], "is a folder without .xml files"],
    [["more", "--boxes", boxes], "takes one folder of pictures"],
    [["--boxes", boxes, "--batch", "0"], '--batch is "0", but it must be a whole number of at least 1'],
    [["--boxes", boxes, "--classes", boxes, "--target", "predicted"], "--target predicted asks for none"],
  ])("%j is refused", async (args, says) => {
    await expect(here([pictures, ...args, "--out", join(folder, "refused")])).rejects.toThrow(says);
    expect(existsSync(join(folder, "refused"))).toBe(false);
  });

  it.each([
    [["localise", pictures], 2, "localise needs --boxes FILE"],
    [["localise", join(folder, "nowhere"), "--boxes", boxes], 1, "is no folder"],
  ])("%j is one line and exit code %i", async (args, wanted, says) => {
    const { code, stderr } = await backlight(args);
    expect([code, stderr]).toEqual([wanted, expect.stringContaining(says)]);
    expect(stderr).toMatch(/^backlight: [^\n]*\n$/);
  });
});
