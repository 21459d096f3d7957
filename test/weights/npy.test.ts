import { expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { npyToFloat32, readNpy, writeNpy } from "../../weights/npy.ts";
import { readFixture } from "../support/fixture.ts";

const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

test.each(["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "big", "fortran", "v2"])(
  "%s as NumPy writes it",
  async (label) => {
    const array = readNpy(await readFixture(`fixtures/weights/npy/${label}.npy`), label);
    expect(array.shape).toEqual([2, 3, 2]);
    expect([...npyToFloat32(array)]).toEqual(values);
  },
);

test("booleans and scalars", async () => {
  expect([...npyToFloat32(readNpy(await readFixture("fixtures/weights/npy/b1.npy")))]).toEqual([1, 0, 1]);
  const scalar = readNpy(await readFixture("fixtures/weights/npy/scalar.npy"));
  expect([scalar.shape, scalar.data]).toEqual([[], Float64Array.of(2.5)]);
});

test.each([
  ["f4", [2, 3], new Float32Array([1, 2, 3, 4, 5, 6])],
  ["f8", [], new Float64Array([0.1])],
  ["i8", [2], new BigInt64Array([-1n, 2n ** 60n])],
  ["u1", [1, 1, 3], new Uint8Array([1, 2, 255])],
  ["i4", [0], new Int32Array(0)],
] as const)("%s is read as it was written", (dtype, shape, data) => {
  const bytes = writeNpy(data, shape);
  expect(readNpy(bytes)).toEqual({ dtype, shape: [...shape], data });
  expect((bytes.length - data.byteLength) % 64).toBe(0);
});

test("byte for byte what NumPy writes", async () => {
  const theirs = await readFixture("fixtures/weights/npy/f4.npy");
  expect(writeNpy(Float32Array.from(values), [2, 3, 2])).toEqual(theirs);
});

test("the caller's bytes stay as they are", async () => {
  const bytes = await readFixture("fixtures/weights/npy/big.npy");
  const before = bytes.slice();
  readNpy(bytes);
  expect(bytes).toEqual(before);
});

test("what is refused, and how", async () => {
  const good = writeNpy(new Float32Array(4), [2, 2]);
  const text = new TextEncoder();
  const patched = (from: string, to: string): Uint8Array => {
    const header = new TextDecoder().decode(good.slice(10, 128)).replace(from, to).slice(0, 118);
    const out = good.slice();
    out.set(text.encode(header), 10);
    return out;
  };
  const cases: [Uint8Array, RegExp][] = [
    [good.slice(0, -1), /takes 16 bytes, and 15 are there/],
    [good.slice(0, 40), /cut short inside its header/],
    [good.slice(0, 7), /not a .npy file/],
    [text.encode("1.0, 2.0\n3.0, 4.0\n"), /a text file that begins/],
    [patched("'<f4'", "'|O8'"), /values of the type "\|O8"/],
    [patched("'<f4'", "[('a', '<f4')]"), /not one of a plain array/],
    [patched("(2, 2)", "(99999999999, 9999999999)"), /no file can hold/],
  ];
  for (const [bytes, message] of cases) {
    expect(() => readNpy(bytes, "x.npy")).toThrow(WeightsFormatError);
    expect(() => readNpy(bytes, "x.npy")).toThrow(message);
  }
  const objects = await readFixture("fixtures/weights/npy/object.npy");
  expect(() => readNpy(objects)).toThrow(/"\|O"/);
  expect(() => writeNpy(new Float32Array(3), [2])).toThrow(/3 values do not fill/);
});
