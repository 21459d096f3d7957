import { expect, test } from "vitest";
import { decodeFloat32, floatToHalf, halfToFloat } from "../../weights/number-format.ts";

test("every half-precision number survives the way there and back", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = halfToFloat(bits);
    if (Number.isNaN(value)) expect((bits & 0x7c00) === 0x7c00 && (bits & 1023) !== 0).toBe(true);
    else if (floatToHalf(value) !== bits)
      throw new Error(`0x${bits.toString(16)} became 0x${floatToHalf(value).toString(16)}`);
  }
});

test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -24, 1],
  [2 ** -25, 0],
  [2 ** -25 * 1.0001, 1],
  [3 * 2 ** -25, 2],
  [2 ** -14, 0x0400],
  [2 ** -14 * (1 - 2 ** -12), 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 2 ** -11 + 2 ** -30, 0x3c01],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
  [-0, 0x8000],
  [Number.NaN, 0x7e00],
])("%d rounds to half 0x%s", (value, bits) => {
  expect(floatToHalf(value)).toBe(bits);
});

test("unaligned bytes decode like aligned ones", () => {
  const bytes = new Uint8Array(new Float64Array([1.5, -3]).buffer);
  const shifted = new Uint8Array(17);
  shifted.set(bytes, 1);
  expect(decodeFloat32(shifted.subarray(1), "f64", "x")).toEqual(Float32Array.of(1.5, -3));
  // as Node's Buffer does
  class Sharing extends Uint8Array<ArrayBuffer> {
    override slice(from?: number, to?: number): Sharing {
      return new Sharing(this.buffer, this.byteOffset + (from ?? 0), (to ?? this.length) - (from ?? 0));
    }
  }
  const shared = new Sharing(shifted.buffer, 1, 16);
  expect(decodeFloat32(shared, "f64", "x")).toEqual(Float32Array.of(1.5, -3));
  expect(() => decodeFloat32(shifted, "f64", "x")).toThrow(/17 bytes is no whole number/);
});

test("64-bit integers", () => {
  const bytes = new Uint8Array(new BigInt64Array([-5n, 2n ** 40n]).buffer);
  expect(decodeFloat32(bytes, "i64", "x")).toEqual(Float32Array.of(-5, 2 ** 40));
});
