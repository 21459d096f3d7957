import { concatBytes } from "../../src/bytes.ts";
import type { Dice } from "./dice.ts";
import { oddNumbers } from "./dice.ts";
import { type ByteMutation, byteMutations, withInteger } from "./mutate-bytes.ts";
import { mutateJsonText, type Tree, toText, toTree } from "./mutate-json.ts";

function split(bytes: Uint8Array): { header: unknown; data: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(0, true);
  return {
    header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))),
    data: bytes.subarray(8 + length),
  };
}

function join(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  return concatBytes([withInteger(new Uint8Array(8), 0, 8, text.length), text, data]);
}

const wrongHeader: ByteMutation = (bytes, dice) => {
  const { header, data } = split(bytes);
  return join(mutateJsonText(header, dice), data);
};

function entriesOf(header: unknown): [string, Tree][] {
  const tree = toTree(header);
  return tree.kind === "object" ? tree.entries : [];
}

const write = (entries: [string, Tree][], data: Uint8Array) => join(toText({ kind: "object", entries }), data);

function fieldOf(tree: Tree, key: string): Tree | undefined {
  return tree.kind === "object" ? tree.entries.find(([name]) => name === key)?.[1] : undefined;
}

/** Entries repeated, on the data of another, or cut into each other. */
const wrongPlaces: ByteMutation = (bytes, dice) => {
  const { header, data } = split(bytes);
  const entries = entriesOf(header);
  const [name, tree] = dice.pick(entries);
  const [, other] = dice.pick(entries);
  if (dice.chance(0.3)) return write([...entries, [dice.chance(0.5) ? name : `${name}2`, tree]], data);
  const [offsets, others] = [fieldOf(tree, "data_offsets"), fieldOf(other, "data_offsets")];
  if (offsets?.kind === "list" && others?.kind === "list")
    offsets.items[dice.below(2)] = dice.chance(0.5)
      ? dice.pick(others.items)
      : { kind: "plain", value: oddOffset(dice, data) };
  return write(entries, data);
};

const oddOffset = (dice: Dice, data: Uint8Array) =>
  dice.pick([...oddNumbers, data.length, data.length + 4, -4, 2 ** 53]);

/** A shape that says more than the data, and offsets to match. */
const wrongShape: ByteMutation = (bytes, dice) => {
  const { header, data } = split(bytes);
  const entries = entriesOf(header);
  const shape = fieldOf(dice.pick(entries)[1], "shape");
  if (shape?.kind === "list")
    shape.items[dice.below(shape.items.length + 1)] = { kind: "plain", value: dice.pick(oddNumbers) };
  const type = fieldOf(dice.pick(entries)[1], "dtype");
  if (type?.kind === "plain" && dice.chance(0.3))
    type.value = dice.pick(["F16", "BF16", "F64", "I8", "BOOL", "F8_E4M3", "constructor"]);
  return write(entries, data);
};

const wrongLength: ByteMutation = (bytes, dice) => {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(0, true);
  const odd = [...oddNumbers, length - 1, length + 1, bytes.length - 8, bytes.length, 100_000_000, 100_000_001];
  return withInteger(bytes, 0, 8, dice.chance(0.2) ? -1 : dice.pick(odd));
};

export const safetensorsMutations: Readonly<Record<string, ByteMutation>> = {
  ...byteMutations,
  wrongHeader,
  wrongHeaderAgain: wrongHeader,
  wrongHeaderOnceMore: wrongHeader,
  wrongPlaces,
  wrongPlacesAgain: wrongPlaces,
  wrongShape,
  wrongShapeAgain: wrongShape,
  wrongLength,
};
