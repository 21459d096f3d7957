import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../weights/byte-source.ts";
import type { Hdf5Inside } from "../../weights/hdf5.ts";
import { checkHdf5Header } from "../../weights/hdf5-header.ts";
import type { Hdf5Origin } from "../../weights/hdf5-heap.ts";
import { openPlain } from "../../weights/hdf5-plain.ts";
import { readPlainTree } from "../../weights/hdf5-plain-tree.ts";
import { openInLibrary } from "../../weights/hdf5-session.ts";
import { Hdf5Group, planHdf5 } from "../../weights/hdf5-writer.ts";
import { formats } from "../fuzz/formats.ts";
import { makeMutant } from "../fuzz/fuzz.ts";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const models = fileURLToPath(new URL("../../../shared/assets/models/", import.meta.url));

function hdf5FilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\.(h5|hdf5)$/.test(path));
}

function originOf(bytes: Uint8Array, name: string): Hdf5Origin {
  const source = bytesSource(bytes, name);
  return { source, base: checkHdf5Header(source) };
}

/** Every name, attribute, shape, type and value. */
function contentOf(inside: Hdf5Inside, path = "/", found: Record<string, unknown> = {}): Record<string, unknown> {
  const regular = inside.resolve(path);
  for (const name of inside.attributeNames(regular)) found[`${path} @${name}`] = inside.attribute(regular, name);
  if (inside.kind(path) === "dataset") {
    const { shape, dtype, sizeBytes, readFloat32 } = inside.dataset(path, () => true);
    found[path] = { shape, dtype, sizeBytes, bits: Buffer.from(readFloat32().buffer).toString("base64") };
    return found;
  }
  const names = inside.names(regular);
  found[path] = names;
  for (const name of names) contentOf(inside, `${path === "/" ? "" : path}/${name}`, found);
  return found;
}

/** What the library finds; undefined where it refuses the file. */
async function inLibrary(origin: Hdf5Origin): Promise<Record<string, unknown> | undefined> {
  const inside = await openInLibrary(origin);
  try {
    return contentOf(inside);
  } catch {
    return undefined;
  } finally {
    inside.close();
  }
}

/** Whether a file is plain; if so, both ways must find the same in it. */
async function isReadAlike(bytes: Uint8Array, name: string): Promise<boolean> {
  const origin = originOf(bytes, name);
  const plain = openPlain(origin);
  if (!plain) return false;
  expect(contentOf(plain)).toEqual(await inLibrary(origin));
  return true;
}

/** Files that are none of h5py's usual ones, or packed, or hostile. */
const notPlain =
  /latest|gzip|weights-big|weights-i16|lzf|residual|bomb|deep-type|many-names|text-|hostile-(?!missing)|truncated/;

describe("plain files are read as the library reads them", () => {
  test.each(hdf5FilesIn(fixtures).filter((path) => !path.includes("truncated")))("%s", async (path) => {
    expect(await isReadAlike(readFileSync(join(fixtures, path)), path)).toBe(!notPlain.test(path));
  });

  describe.skipIf(!existsSync(models))("real models (skipped when ../shared/assets/models is missing)", () => {
    test.each(existsSync(models) ? hdf5FilesIn(models) : [])("%s", async (path) => {
      expect(await isReadAlike(readFileSync(join(models, path)), path)).toBe(true);
    });
  });

  const damaged = formats.filter(({ name }) => name === "h5" || name === "weights-h5");
  test.each(damaged)("damaged files: $name", async (format) => {
    const seeds = await format.seeds();
    const counts = { alike: 0, refusedByLibrary: 0 };
    for (let seed = 1; seed <= 250; seed++) {
      const [[name, bytes] = ["", new Uint8Array()]] = makeMutant(format, seeds, seed).files;
      const origin = { source: bytesSource(bytes, name), base: name === "user-block.h5" ? 512 : 0 };
      const plain = openPlain(origin);
      const theirs = plain && (await inLibrary(origin));
      if (plain && theirs) {
        expect(contentOf(plain), `seed ${seed}`).toEqual(theirs);
        counts.alike++;
      } else if (plain) counts.refusedByLibrary++;
    }
    // Damage among values alone leaves a file plain.
    expect(counts.alike).toBeGreaterThan(25);
    expect(counts.refusedByLibrary).toBeLessThan(5);
  });
});

/** Where things are in fixtures/weights/weights.h5. */
const at = { root: 96, rootTree: 136, rootHeap: 680, texts: 2048, rootNames: 6144, array: 10816 } as const;
/** Where in the array's header the bodies of its messages are. */
const body = { space: at.array + 24, type: at.array + 48, layout: at.array + 104 } as const;

describe("what is not plain is left to the library", () => {
  const whyNot = (bytes: Uint8Array, name = "it.h5"): string => {
    const origin = originOf(bytes, name);
    expect(openPlain(origin)).toBeUndefined();
    try {
      readPlainTree(origin);
    } catch (error) {
      return String(error);
    }
    throw new Error("it is plain");
  };

  test.each([
    ["weights/latest.h5", "its superblock is not of version 0"],
    ["weights/model-gzip.h5", "an object has a message of type 11"],
    ["weights/hostile-external-storage.h5", "an object has a message of type 7"],
    ["weights/hostile-external-link.h5", "an object has a message of type 2"],
    ["weights/hostile-soft-link.h5", "a link is not a hard one"],
    ["weights/hostile-virtual.h5", "a data set is not contiguous"],
    ["weights/hostile-cycle.h5", "an object has several names"],
    ["weights/weights-big.h5", "values are of type 17, or an odd one"],
    ["weights/hostile-compound.h5", "values are of type 22, or an odd one"],
    ["weights/hostile-huge-contiguous.h5", "wanted bytes 18446744073709552000 to"],
    ["keras3/hostile-text.weights.h5", "a data set holds no numbers"],
    ["hostile/text-length.h5", "a text in a heap has another length"],
    ["hostile/text-heap.h5", "an object of its text heap has the size 1040"],
  ])("%s: %s", (path, reason) => {
    expect(whyNot(readFileSync(join(fixtures, path)), path)).toContain(reason);
  });

  test.each([
    ["a root of version 1", 10, [1], "its superblock is not of version 0"],
    ["a file that was left open", 20, [1], "its superblock has a mark that is not known"],
    ["larger tables of names", 16, [5], "its tables of names are of an unusual size"],
    ["larger trees of names", 18, [17], "its trees of names are of an unusual size"],
    ["addresses that count from elsewhere", 24, [8], "its addresses count from elsewhere"],
    ["noted free space", 32, [0], "it notes its free space"],
    ["bytes behind its end", 40, [0], "it does not end where it says"],
    ["a driver of its own", 48, [0], "or has a driver"],
    ["another header", at.root, [2], "an object's header is not of version 1"],
    ["a wrong count of messages", at.root + 2, [6], "more or fewer messages than it counts"],
    ["a message without end", at.root + 18, [255], "a message goes beyond its header"],
    ["a shared message", at.root + 20, [2], "a message is shared"],
    [
      "a header that goes on in itself",
      at.root + 24,
      [112, ...Array(7).fill(0), 24, 0],
      "its parts lie over each other",
    ],
    ["a header that goes on outside", at.root + 29, [1], "wanted bytes"],
    ["two tables for a group", 80, [0], "a link and a group name different tables"],
    ["another tree", at.rootTree, [0], "there is no TREE at 136"],
    ["a tree too high", at.rootTree + 5, [1], "there is no TREE at 6144"],
    ["a tree too wide", at.rootTree + 6, [33], "a tree of names is not sound"],
    ["a tree that says other names", at.rootTree + 40, [0], "leads elsewhere than it says"],
    ["a heap of another version", at.rootHeap + 4, [1], "there is no HEAP at 680"],
    ["names without the empty one", at.rootHeap + 32, [65], "do not begin with the empty one"],
    ["a heap with a lie about its free space", at.rootHeap + 88, [41], "free space among a group's names"],
    ["a table of another version", at.rootNames + 4, [2], "there is no SNOD at 6144"],
    ["a table too full", at.rootNames + 6, [9], "a table of names holds too many"],
    ["names out of order", at.rootNames + 8, [16], "is out of order"],
    ["another heap of texts", at.texts, [0], "there is no GCOL at 2048"],
    ["two texts of one number", at.texts + 16, [2], "two texts of a heap have one number"],
    ["another data space", body.space, [2], "a data space is not of the usual kind"],
    ["a shape beyond its limit", body.space + 16, [1], "a shape is larger than it may become"],
    ["a shape past counting", body.space + 15, [1], "a shape is too large"],
    ["floats with another exponent", body.type + 16, [126], "values are of type 17, or an odd one"],
    ["another layout", body.layout, [4], "a data set is not contiguous"],
    ["fewer bytes than values", body.layout + 10, [12], "a data set of 16 bytes has 12"],
    ["values that are nowhere", body.layout + 2, Array(8).fill(255), "wanted bytes 18446744073709552000 to"],
  ] as const)("%s", (_, offset, patch, reason) => {
    const bytes = new Uint8Array(readFileSync(join(fixtures, "weights/weights.h5")));
    bytes.set(patch, offset);
    expect(whyNot(bytes)).toContain(reason);
  });

  test("one long text that many attributes are", () => {
    const root = new Hdf5Group();
    root.attributes.set("long", "x".repeat(200_000));
    for (let i = 0; i < 100; i++) root.attributes.set(`short${i}`, "y");
    const { head } = planHdf5(root);
    expect(readPlainTree(originOf(head, "it.h5")).attributes.get("short99")).toBe("y");
    const view = new DataView(head.buffer);
    const isHeap = (address: number) => address <= head.length - 4 && view.getUint32(address, true) === 0x4c4f4347;
    // a text is its length, its heap's address and its number there
    const references = Array.from({ length: head.length - 15 }, (_, i) => i).filter(
      (i) => view.getUint32(i + 12, true) === 1 && isHeap(Number(view.getBigUint64(i + 4, true))),
    );
    const [long = 0, ...short] = references;
    expect([view.getUint32(long, true), short.length]).toEqual([200_000, 100]);
    for (const i of short) head.copyWithin(i, long, long + 16);
    expect(whyNot(head)).toContain("its parts lie over each other");
  });

  test("groups nested too deep, objects too many", () => {
    const nested = new Hdf5Group();
    nested.group("a/".repeat(65));
    expect(whyNot(planHdf5(nested).head)).toContain("its groups are nested too deep");
    const many = new Hdf5Group();
    for (let i = 0; i < 20_000; i++) many.add(`w${i}`, { shape: [0], dtype: "f32" });
    expect(whyNot(planHdf5(many).head)).toContain("it has too many objects");
  });
});
