import type { Metadata, ready } from "h5wasm";
import type { NumberFormat } from "./number-format.ts";

/** The WebAssembly module behind h5wasm, which exports its type only through this promise. */
export type H5Module = Awaited<typeof ready>;

/** The number format of an HDF5 type as the library hands its values out (always little-endian), or undefined. */
export function formatOf(metadata: Metadata, module: H5Module): NumberFormat | undefined {
  const classes = module.H5T_class_t;
  const { size, signed, type } = metadata;
  if (type === classes.H5T_FLOAT.value) return floats[size];
  if (type === classes.H5T_INTEGER.value) return (signed ? signedIntegers : unsignedIntegers)[size];
  // h5py writes booleans as an enumeration over one byte.
  if (type === classes.H5T_ENUM.value && size === 1) return "bool";
  return undefined;
}

const floats: Readonly<Record<number, NumberFormat>> = { 2: "f16", 4: "f32", 8: "f64" };
const signedIntegers: Readonly<Record<number, NumberFormat>> = { 1: "i8", 2: "i16", 4: "i32", 8: "i64" };
const unsignedIntegers: Readonly<Record<number, NumberFormat>> = { 1: "u8", 2: "u16", 4: "u32", 8: "u64" };
