import { describe, expect, it } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openHdf5 } from "../../weights/hdf5.ts";
import { type Hdf5Array, Hdf5Group, planHdf5 } from "../../weights/hdf5-writer.ts";

/** The whole file; the values of every array are its number, counted from 1. */
function written(root: Hdf5Group): Uint8Array {
  const { head, sizeBytes, arrays } = planHdf5(root);
  const out = new Uint8Array(sizeBytes);
  out.set(head);
  for (const [i, { array, offset }] of arrays.entries()) {
    const count = array.shape.reduce((all, extent) => all * extent, 1);
    const values = { f32: Float32Array, f16: Uint16Array, i64: BigInt64Array }[array.dtype];
    const filled = new values(count);
    if (filled instanceof BigInt64Array) filled.fill(BigInt(i + 1));
    else filled.fill(array.dtype === "f16" ? 0x3c00 + i : i + 1);
    out.set(new Uint8Array(filled.buffer), offset);
  }
  return out;
}

const open = (root: Hdf5Group) => openHdf5(bytesSource(written(root), "written.h5"));
const floats = (...shape: number[]): Hdf5Array => ({ shape, dtype: "f32" });

describe("what is written is read", () => {
  it("arrays of every type and shape", async () => {
    const root = new Hdf5Group();
    root.add("a/b/floats", floats(3, 2));
    root.add("a/b/half", { shape: [3], dtype: "f16" });
    root.add("a/whole", { shape: [], dtype: "i64" });
    root.add("none", floats(0, 5));
    root.add("zwölf", floats());
    const file = await open(root);
    const facts = (path: string) => {
      const { shape, dtype } = file.dataset(path);
      return { shape, dtype, values: [...file.dataset(path).readFloat32()] };
    };
    expect(facts("/a/b/floats")).toEqual({ shape: [3, 2], dtype: "f32", values: [1, 1, 1, 1, 1, 1] });
    expect(facts("/a/b/half")).toEqual({ shape: [3], dtype: "f16", values: Array(3).fill(1 + 1 / 1024) });
    expect(facts("/a/whole")).toEqual({ shape: [], dtype: "i64", values: [3] });
    expect(facts("/none")).toEqual({ shape: [0, 5], dtype: "f32", values: [] });
    expect(facts("/zwölf")).toEqual({ shape: [], dtype: "f32", values: [4] });
    expect(file.keys("/a").toSorted()).toEqual(["b", "whole"]);
    file.close();
  });

  it.each([0, 1, 7, 4048, 4064, 4065, 4073, 4080, 4081, 100_000])("a text of %i characters", async (length) => {
    const root = new Hdf5Group();
    root.attributes.set("text", "x".repeat(length));
    root.attributes.set("other", "ü€");
    const file = await open(root);
    expect(file.attr("/", "text")).toBe("x".repeat(length));
    expect(file.attr("/", "other")).toBe("ü€");
    file.close();
  });

  it("lists of names, empty ones too", async () => {
    const root = new Hdf5Group();
    root.attributes.set("names", ["a", "longer", "ü"]);
    root.group("inner").attributes.set("names", []);
    const file = await open(root);
    expect(file.attr("/", "names")).toEqual(["a", "longer", "ü"]);
    expect(file.attr("/inner", "names")).toEqual([]);
    file.close();
  });

  // 8 names to a leaf, 32 leaves to a node: one level, two, three
  it.each([0, 1, 8, 9, 256, 257, 8192, 8193])("a group of %i names", async (count) => {
    const root = new Hdf5Group();
    const names = Array.from({ length: count }, (_, i) => `name_${(i * 7919) % 10_007}`);
    for (const name of names) root.group("many").add(name, floats());
    if (count === 0) root.group("many");
    const file = await open(root);
    expect(file.keys("/many").toSorted()).toEqual(names.toSorted());
    for (const i of [0, Math.floor(count / 2), count - 1].filter((at) => at >= 0 && at < count))
      expect([...file.dataset(`/many/${names[i]}`).readFloat32()]).toEqual([i + 1]);
    file.close();
  });
});

describe("is refused", () => {
  it("a path that is taken, or that goes through an array", () => {
    const root = new Hdf5Group();
    root.add("a/b", floats(1));
    expect(() => root.add("a/b", floats(1))).toThrow(WeightsFormatError);
    expect(() => root.add("a", floats(1))).toThrow(WeightsFormatError);
    expect(() => root.add("a/b/c", floats(1))).toThrow(WeightsFormatError);
  });

  it("a list of names that no header holds", () => {
    const root = new Hdf5Group();
    root.attributes.set("names", Array(2000).fill("a name of some length, thirty-three"));
    expect(() => planHdf5(root)).toThrow(WeightsFormatError);
  });
});
