import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { readSafetensors, type SafeTensors } from "../../weights/safetensors.ts";
import { writeSafetensors } from "../../weights/safetensors-write.ts";

function build(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + text.length + dataBytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  return out;
}

function read(bytes: Uint8Array): SafeTensors {
  return readSafetensors(bytesSource(bytes, "w.safetensors"));
}

const entries = [
  { name: "b", shape: [2, 3], data: Float32Array.of(0, 1, -2, 0.5, 65504, 1 / 3) },
  { name: "a", shape: [], data: Float32Array.of(-7) },
  { name: "none", shape: [0, 4], data: new Float32Array(0) },
];

test("what is written is read: float32 exactly, float16 to its nearest", () => {
  const f32 = read(writeSafetensors(entries, { format: "pt" }, { dtype: "F32" }));
  expect(f32.metadata).toEqual({ format: "pt" });
  expect([...f32.tensors.keys()].sort()).toEqual(["a", "b", "none"]);
  expect(f32.tensors.get("b")?.shape).toEqual([2, 3]);
  for (const { name, data } of entries) expect(f32.tensors.get(name)?.read()).toEqual(data);
  const f16 = read(writeSafetensors(entries, {}, { dtype: "F16" }));
  expect(f16.tensors.get("b")?.dtype).toBe("F16");
  expect(f16.tensors.get("b")?.read()).toEqual(Float32Array.of(0, 1, -2, 0.5, 65504, 0.333251953125));
});

test("bfloat16, float64 and integers", () => {
  const file = build(
    '{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"F64","shape":[1],"data_offsets":[4,12]},' +
      '"z":{"dtype":"I8","shape":[2],"data_offsets":[12,14]}}',
    14,
  );
  const view = new DataView(file.buffer, file.length - 14);
  view.setUint16(0, 0x3fc0, true);
  view.setUint16(2, 0xc000, true);
  view.setFloat64(4, 1.25, true);
  view.setInt8(12, -3);
  const { tensors } = read(file);
  expect([...tensors].map(([name, tensor]) => [name, ...tensor.read()])).toEqual([
    ["x", 1.5, -2],
    ["y", 1.25],
    ["z", -3, 0],
  ]);
});

describe("refused", () => {
  const one = (fields: string): string => `{"x":${fields}}`;
  test.each([
    ["a hole", '{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2, /leaves a hole of 1 bytes/],
    [
      "an overlap",
      '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
      /"y" overlaps/,
    ],
    ["bytes after the end", one('{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'), 2, /something was added/],
    ["missing bytes", one('{"dtype":"U8","shape":[4],"data_offsets":[0,4]}'), 2, /it was cut short/],
    [
      "a wrong length",
      one('{"dtype":"F32","shape":[2],"data_offsets":[0,4]}'),
      4,
      /holds 4 bytes, but F32 of shape \[2\]/,
    ],
    ["an unknown type", one('{"dtype":"F8","shape":[],"data_offsets":[0,1]}'), 1, /the type "F8"/],
    ["a type of Object.prototype", one('{"dtype":"toString","shape":[],"data_offsets":[0,1]}'), 1, /not known/],
    ["a negative size", one('{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}'), 1, /no list of sizes/],
    ["a fraction", one('{"dtype":"U8","shape":[1],"data_offsets":[0,0.5]}'), 1, /no data_offsets/],
    ["an extra field", one('{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}'), 1, /unknown field "x"/],
    ["no object", one("7"), 0, /not known/],
    ["a key given twice", '{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0078":1}', 0, /the key "x" twice/],
    [
      "an inner key given twice",
      one('{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}'),
      0,
      /"dtype" twice/,
    ],
    ["metadata of numbers", '{"__metadata__":{"n":1}}', 0, /should hold texts only; "n"/],
    ["no JSON", "{oops", 0, /is not JSON/],
    ["a list", "[]", 0, /no JSON object/],
  ])("%s", (_what, header, dataBytes, message) => {
    expect(() => read(build(header, dataBytes))).toThrow(WeightsFormatError);
    expect(() => read(build(header, dataBytes))).toThrow(message);
  });

  test("headers that are too long, longer than the file, or not there", () => {
    const long = build("{}");
    new DataView(long.buffer).setBigUint64(0, 100_000_001n, true);
    expect(() => read(long)).toThrow(/a header of 100000001 bytes/);
    new DataView(long.buffer).setBigUint64(0, 50n, true);
    expect(() => read(long)).toThrow(/does not fit in 10 bytes/);
    expect(() => read(new Uint8Array(3))).toThrow(/it has 3 bytes/);
    expect(() => read(new TextEncoder().encode("<!DOCTYPE html><html>"))).toThrow(/an HTML page/);
  });

  test("writing what does not fit", () => {
    const data = new Float32Array(3);
    expect(() => writeSafetensors([{ name: "x", shape: [2], data }], {}, { dtype: "F32" })).toThrow(/has 3 values/);
    const twice = [
      { name: "x", shape: [3], data },
      { name: "x", shape: [3], data },
    ];
    expect(() => writeSafetensors(twice, {}, { dtype: "F32" })).toThrow(/"x" is taken/);
  });
});

test("rows are read into an array that is there already, in every type", () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i / 4 - 1);
  for (const dtype of ["F32", "F16"] as const) {
    const tensor = read(writeSafetensors([{ name: "x", shape: [4, 3], data }], {}, { dtype })).tensors.get("x");
    const target = new Float32Array(8).fill(9);
    tensor?.readRowsInto(1, target.subarray(1, 7));
    expect(target).toEqual(Float32Array.of(9, ...data.subarray(3, 9), 9));
    expect(() => tensor?.readRowsInto(3, target.subarray(0, 6))).toThrow(WeightsFormatError);
    expect(() => tensor?.readRowsInto(0, target.subarray(0, 4))).toThrow(WeightsFormatError);
  }
});
