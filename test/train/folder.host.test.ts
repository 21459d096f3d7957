// A folder of pictures per class: found in order, decoded, prepared, kept; what is wrong is said all at once.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listImageFolder } from "../../src/cli/data-folder.host.ts";
import { encodePng, folderDataset, type ImageFile, preprocess, resizeImage } from "../../src/index.ts";
import { noiseImage } from "../image/support.ts";

const picture = noiseImage(7, 5, 3);
let root = "";

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "backlight-folder-"));
  const png = await encodePng(picture);
  for (const folder of ["dogs", "cats/old", "empty", ".hidden"]) mkdirSync(join(root, folder), { recursive: true });
  for (const name of ["dogs/b.PNG", "dogs/a.png", "cats/old/c.png", "cats/z.jpg", ".hidden/d.png", "cats/.e.png"])
    writeFileSync(join(root, name), png); // PNG whatever the name says
  writeFileSync(join(root, "dogs", "notes.txt"), "no picture");
});

afterAll(() => rmSync(root, { recursive: true }));

const shown = (files: readonly ImageFile[]) =>
  files.map(({ path, classIndex }) => `${path.slice(root.length + 1).replaceAll("\\", "/")} ${classIndex}`);

describe("listImageFolder", () => {
  it("finds pictures and classes in the order of their names", () => {
    const { files, classNames } = listImageFolder(root);
    expect(classNames).toEqual(["cats", "dogs", "empty"]);
    expect(shown(files)).toEqual(["cats/old/c.png 0", "cats/z.jpg 0", "dogs/a.png 1", "dogs/b.PNG 1"]);
  });

  it("refuses what is no folder of folders", () => {
    expect(() => listImageFolder(join(root, "none"))).toThrow(
      "none is no folder. Give a folder with one folder of pictures",
    );
    expect(() => listImageFolder(join(root, "empty"))).toThrow("empty has no folders. It must have one for each class");
  });
});

describe("folderDataset", () => {
  const options = { size: { width: 4, height: 3 }, preprocessing: "unit", method: "bilinear" } as const;
  const found = () => {
    const { files } = listImageFolder(root);
    return { files, classNames: ["cats", "dogs"] };
  };

  it("decodes, resizes and prepares, and reads a file that is kept no second time", async () => {
    const { files, classNames } = found();
    let reads = 0;
    const counted = files.map((file) => ({
      ...file,
      read: () => {
        reads++;
        return file.read();
      },
    }));
    // room for two of the four
    const data = await folderDataset(counted, { ...options, classNames, cacheBytes: 2 * 36 });
    expect([data.length, data.inputShape, data.classNames]).toEqual([4, [3, 4, 3], classNames]);
    expect([reads, Array.from(data.labels)]).toEqual([4, [0, 0, 1, 1]]);
    const resized = resizeImage(picture, { ...options.size, method: "bilinear" });
    for (let i = 0; i < 4; i++)
      expect(await data.get(i)).toEqual({ x: preprocess(resized, "unit"), y: data.labels[i] });
    expect(reads).toBe(6);
    const gray = await folderDataset(files, { ...options, classNames, channels: 1 });
    expect([gray.inputShape, (await gray.get(0)).x.length]).toEqual([[3, 4, 1], 12]);
  });

  it("names all pictures that cannot be read, and leaves them out if told so", async () => {
    const { files, classNames } = found();
    const bad = files.map((file, i) => (i % 2 ? { ...file, read: async () => Uint8Array.of(1, 2, 3) } : file));
    const broken = folderDataset(bad, { ...options, classNames });
    await expect(broken).rejects.toThrow(
      /^2 of 4 pictures cannot be read\..*:\n {2}\S*z\.jpg: .*PNG and JPEG only.*\n {2}\S*b\.PNG: /,
    );
    const data = await folderDataset(bad, { ...options, classNames, skipBad: true });
    expect(shown(data.files)).toEqual(["cats/old/c.png 0", "dogs/a.png 1"]);
    expect(data.skipped.map(({ path }) => path)).toEqual([files[1]?.path, files[3]?.path]);
  });

  it("refuses classes without pictures", async () => {
    const { files, classNames } = found();
    const empty = folderDataset(files, { ...options, classNames: [...classNames, "empty"] });
    await expect(empty).rejects.toThrow(
      'the class "empty" has no pictures. Add some (PNG or JPEG), or remove the folder.',
    );
    const bad = files.map((file) =>
      file.classIndex ? { ...file, read: () => Promise.reject(new Error("gone")) } : file,
    );
    const left = folderDataset(bad, { ...options, classNames, skipBad: true });
    await expect(left).rejects.toThrow('the class "dogs" has no pictures that can be read.');
    await expect(folderDataset(files, { ...options, classNames: ["cats"] })).rejects.toThrow("has the label 1");
  });
});
