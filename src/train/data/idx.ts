import { Gunzip } from "fflate";
import { concatBytes, crc32 } from "../../bytes.ts";
import { DatasetError } from "../../errors.ts";
import { checkIndex, checkLabel, type Dataset, elementsOf, namesOf } from "./dataset.ts";

/** A data set of two idx files, in which MNIST and its kin are kept: pictures of one channel, their bytes divided by
 * 255, and their labels. Files may be packed with gzip.
 * @param images an idx3 file of bytes: [n, height, width]
 * @param labels an idx1 file of bytes: [n]
 * @throws       DatasetError if a file is damaged or another one, if the counts differ, or a label is no class
 * @see          LeCun, Cortes and Burges, "The MNIST database of handwritten digits", FILE FORMATS */
export function idxDataset(
  images: Uint8Array,
  labels: Uint8Array,
  { classNames }: { readonly classNames?: readonly string[] } = {},
): Dataset {
  const pictures = readIdx(images, { what: "the images", axes: ["number", "height", "width"] });
  const classes = readIdx(labels, { what: "the labels", axes: ["number"] });
  const [length = 0, height = 0, width = 0] = pictures.shape;
  if (classes.data.length !== length)
    throw new DatasetError(
      `there are ${length} images but ${classes.data.length} labels: the files do not belong together.`,
    );
  for (const [i, label] of classes.data.entries()) checkLabel(`image ${i}`, label, classNames);
  const inputShape = [height, width, 1];
  const size = elementsOf(inputShape);
  return {
    length,
    inputShape,
    ...namesOf(classNames),
    labels: classes.data,
    get(index) {
      checkIndex(index, { length });
      const x = new Float32Array(size);
      const start = index * size;
      for (let i = 0; i < size; i++) x[i] = (pictures.data[start + i] ?? 0) / 255;
      return { x, y: classes.data[index] ?? 0 };
    },
  };
}

interface Wanted {
  readonly what: string;
  readonly axes: readonly string[];
}

interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Type code of unsigned bytes. */
const byteType = 8;

function readIdx(file: Uint8Array, wanted: Wanted): Idx {
  const { what, axes } = wanted;
  const headerBytes = 4 + 4 * axes.length;
  const isPacked = file[0] === 0x1f && file[1] === 0x8b;
  const shape = headerShape(isPacked ? unpack(file, what, headerBytes) : file, wanted);
  const sizeBytes = headerBytes + shape.reduce((product, extent) => product * extent, 1);
  const bytes = isPacked ? unpack(file, what, sizeBytes + 1) : file;
  if (bytes.length !== sizeBytes) {
    const got = bytes.length > sizeBytes ? "more" : `only ${bytes.length}`;
    throw new DatasetError(`${what}: the header announces ${sizeBytes} bytes, the file has ${got}. Get it again.`);
  }
  if (isPacked) checkCrc(file, bytes, what);
  return { shape, data: bytes.subarray(headerBytes) };
}

function headerShape(head: Uint8Array, { what, axes }: Wanted): number[] {
  const [zero, alsoZero, type, rank] = head;
  if (zero !== 0 || alsoZero !== 0 || type === undefined || rank === undefined) {
    const first = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new DatasetError(`${what}: this is no idx file: it begins with ${first || "nothing"}, not with 00 00 08.`);
  }
  if (type !== byteType)
    throw new DatasetError(`${what}: the idx file holds numbers of type ${type}; unsigned bytes (8) are wanted.`);
  if (rank !== axes.length) {
    const hint = rank === 1 || rank === 3 ? " Images and labels may be swapped." : "";
    throw new DatasetError(
      `${what}: the idx file has ${rank} axes; ${axes.length} are wanted: ${axes.join(", ")}.${hint}`,
    );
  }
  if (head.length < 4 + 4 * rank) throw new DatasetError(`${what}: the idx file ends within its header. Get it again.`);
  const view = new DataView(head.buffer, head.byteOffset);
  return axes.map((_, axis) => view.getUint32(4 + 4 * axis));
}

/** Bytes pushed at once; each can become 1032. */
const stepBytes = 16 * 1024;

/** The first `most` bytes of what a gzip file unpacks to, or all: a file that grows without bound does not get far. */
function unpack(file: Uint8Array, what: string, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Gunzip((part) => {
    parts.push(part);
    length += part.length;
  });
  try {
    for (let at = 0; at < file.length && length < most; ) {
      // the last piece must hold the whole trailer
      const end = file.length - at < 2 * stepBytes ? file.length : at + stepBytes;
      stream.push(file.subarray(at, end), end === file.length);
      at = end;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError(`${what} cannot be unpacked: ${why}. The file is damaged: get it again.`, { cause });
  }
  return concatBytes(parts).subarray(0, most);
}

function checkCrc(file: Uint8Array, bytes: Uint8Array, what: string): void {
  const wanted = new DataView(file.buffer, file.byteOffset).getUint32(file.length - 8, true);
  if (crc32(bytes) !== wanted)
    throw new DatasetError(`${what}: the checksum is wrong; the file is damaged. Get it again.`);
}
