import { deflateSync } from "fflate";
import { concatBytes, crc32 } from "../../src/bytes.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openZip } from "../../weights/zip.ts";
import type { Dice } from "./dice.ts";
import { type ByteMutation, byteMutations, oddNumber, withInteger } from "./mutate-bytes.ts";
import { anyMutation, hdf5Mutations } from "./mutate-hdf5.ts";
import { mutateJsonText } from "./mutate-json.ts";

interface Part {
  readonly name: string;
  readonly data: Uint8Array;
}

function partsOf(bytes: Uint8Array): Part[] {
  const zip = openZip(bytesSource(bytes, "seed"));
  return zip.entries.map(({ name }) => ({ name, data: zip.readEntry(name).slice() }));
}

function little(...fields: readonly [width: number, value: number][]): Uint8Array {
  let out = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    out = withInteger(out, at, width, value) as Uint8Array<ArrayBuffer>;
    at += width;
  }
  return out;
}

/** A right archive; some parts may be deflated. */
export function writeZip(parts: readonly Part[], deflated: (name: string) => boolean): Uint8Array {
  const [files, listed]: [Uint8Array[], Uint8Array[]] = [[], []];
  let at = 0;
  for (const { name, data } of parts) {
    const method = deflated(name) ? 8 : 0;
    const body = method === 8 ? deflateSync(data) : data;
    const label = new TextEncoder().encode(name);
    const facts = little(
      [2, 20],
      [2, 0],
      [2, method],
      [2, 0],
      [2, 33],
      [4, crc32(data)],
      [4, body.length],
      [4, data.length],
      [2, label.length],
      [2, 0],
    );
    const local = concatBytes([little([4, 0x04034b50]), facts, label, body]);
    listed.push(
      concatBytes([little([4, 0x02014b50], [2, 20]), facts, little([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), label]),
    );
    files.push(local);
    at += local.length;
  }
  const directory = concatBytes(listed);
  const end = little(
    [4, 0x06054b50],
    [4, 0],
    [2, parts.length],
    [2, parts.length],
    [4, directory.length],
    [4, at],
    [2, 0],
  );
  return concatBytes([...files, directory, end]);
}

/** Bytes after the mark and widths of what stands in each kind of record. */
const fields: readonly { mark: number; places: readonly [at: number, width: number][] }[] = [
  {
    mark: 0x04034b50,
    places: [
      [6, 2],
      [8, 2],
      [14, 4],
      [18, 4],
      [22, 4],
      [26, 2],
      [28, 2],
      [30, 1],
    ],
  },
  {
    mark: 0x02014b50,
    places: [
      [8, 2],
      [10, 2],
      [16, 4],
      [20, 4],
      [24, 4],
      [28, 2],
      [30, 2],
      [32, 2],
      [34, 2],
      [42, 4],
      [46, 1],
    ],
  },
  {
    mark: 0x06054b50,
    places: [
      [4, 2],
      [6, 2],
      [8, 2],
      [10, 2],
      [12, 4],
      [16, 4],
      [20, 2],
    ],
  },
];

/** A lie in one or two fields of the directory, the local headers or the end. */
const lieInField: ByteMutation = (bytes, dice) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: [number, number][] = [];
  for (let at = 0; at + 4 <= bytes.length; at++)
    for (const { mark, places } of fields)
      if (view.getUint32(at, true) === mark)
        found.push(...places.map(([offset, width]): [number, number] => [at + offset, width]));
  let out = bytes;
  for (let i = dice.below(3); i >= 0 && found.length > 0; i--) {
    const [at, width] = dice.pick(found);
    const [from] = dice.pick(found);
    const value =
      dice.chance(0.3) && from + 4 <= bytes.length ? view.getUint32(from, true) : oddNumber(dice, bytes.length);
    out = withInteger(out, at, width, value);
  }
  return out;
};

/** Other bytes in an entry, and a right archive around them. */
const inside =
  (change: (part: Part, dice: Dice, other: Part) => Part): ByteMutation =>
  (bytes, dice, otherBytes) => {
    const [parts, others] = [partsOf(bytes), partsOf(otherBytes)];
    const at = dice.below(parts.length);
    const next = parts.map((part, i) => (i === at ? change(part, dice, dice.pick(others)) : part));
    return writeZip(next, () => dice.chance(0.3));
  };

const json = (data: Uint8Array, dice: Dice) =>
  new TextEncoder().encode(mutateJsonText(JSON.parse(new TextDecoder().decode(data)), dice));

const wrongJson = inside((part, dice) => ({
  name: part.name,
  data: part.name.endsWith(".json")
    ? json(part.data, dice)
    : (byteMutations.flipBits?.(part.data, dice, part.data) ?? part.data),
}));

const wrongHdf5: ByteMutation = (bytes, dice) => {
  const parts = partsOf(bytes).map((part) => {
    if (!part.name.endsWith(".h5")) return part;
    const [, mutate] = anyMutation({ ...hdf5Mutations, ...byteMutations }, dice);
    return { name: part.name, data: mutate(part.data, dice, part.data) };
  });
  return writeZip(parts, () => dice.chance(0.3));
};

/** Growth: megabytes of zeros in a few kilobytes, declared truly. */
const bomb: ByteMutation = (bytes, dice) => {
  const parts = partsOf(bytes).map((part) =>
    dice.chance(0.5) ? { ...part, data: new Uint8Array(dice.pick([1e4, 1e5, 4e6])) } : part,
  );
  return writeZip(parts, () => true);
};

export const zipMutations: Readonly<Record<string, ByteMutation>> = {
  ...byteMutations,
  lieInField,
  lieInFieldAgain: lieInField,
  lieInFieldOnceMore: lieInField,
  wrongJson,
  wrongJsonAgain: wrongJson,
  wrongJsonOnceMore: wrongJson,
  wrongHdf5,
  wrongHdf5Again: wrongHdf5,
  otherEntry: inside((part, _, other) => ({ name: part.name, data: other.data })),
  otherName: inside((part, dice, other) => ({
    ...part,
    name: dice.pick([other.name, part.name.toUpperCase(), `../${part.name}`, "", "a/"]),
  })),
  bomb,
};
