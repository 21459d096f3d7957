import { type Dice, oddNumbers } from "./dice.ts";

/** A JSON value that may hold a key of any name: objects are lists of entries, so that `__proto__` and repeated keys
 * can be written. */
export type Tree =
  | { kind: "plain"; value: unknown }
  | { kind: "list"; items: Tree[] }
  | { kind: "object"; entries: [string, Tree][] };

export function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: "list", items: value.map(toTree) };
  if (typeof value !== "object" || value === null) return { kind: "plain", value };
  return { kind: "object", entries: Object.entries(value).map(([key, part]) => [key, toTree(part)]) };
}

export function toText(tree: Tree): string {
  if (tree.kind === "list") return `[${tree.items.map(toText).join(",")}]`;
  if (tree.kind === "object")
    return `{${tree.entries.map(([key, part]) => `${JSON.stringify(key)}:${toText(part)}`).join(",")}}`;
  return typeof tree.value === "number" ? numberText(tree.value) : (JSON.stringify(tree.value) ?? "null");
}

/** Infinity as JSON can say it. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? "1e999" : "-1e999";
}

const oddKeys = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "",
  "\0",
  "name",
  "class_name",
  "config",
];
const oddTexts = [
  ...oddKeys,
  "../../etc/passwd",
  "a".repeat(5000),
  "\u{1F600}\ud800",
  "Conv2D",
  "Dense",
  "Sequential",
  "Functional",
  "Lambda",
  "InputLayer",
  "BatchNormalization",
  "channels_first",
  "softmax",
  "float16",
];
const oddValues = [...oddNumbers, -1, -3, 0.5, 1e308, Number.POSITIVE_INFINITY, 2 ** 53, null, true, false];

function oddTree(dice: Dice): Tree {
  const roll = dice.below(10);
  if (roll < 5) return { kind: "plain", value: dice.pick(oddValues.map((value) => ({ value }))).value };
  if (roll < 7) return { kind: "plain", value: dice.pick(oddTexts) };
  if (roll < 8) return { kind: "list", items: Array.from({ length: dice.below(4) }, () => oddTree(dice)) };
  if (roll < 9) return { kind: "object", entries: [[dice.pick(oddKeys), oddTree(dice)]] };
  return nested(dice.pick([10, 100, 1000]));
}

function nested(depth: number): Tree {
  let tree: Tree = { kind: "plain", value: 1 };
  for (let i = 0; i < depth; i++)
    tree = i % 2 ? { kind: "list", items: [tree] } : { kind: "object", entries: [["config", tree]] };
  return tree;
}

/** Every place where a value stands, as something to write to. */
interface Place {
  get(): Tree;
  set(tree: Tree): void;
}

function places(root: { tree: Tree }): Place[] {
  const found: Place[] = [placeOf(root, "tree")];
  const walk = (tree: Tree): void => {
    if (tree.kind === "plain") return;
    const list = tree.kind === "list" ? tree.items : tree.entries;
    for (const [i, item] of list.entries()) {
      found.push(Array.isArray(item) ? placeOf(item, 1) : placeOf(tree.kind === "list" ? tree.items : [], i));
      walk(Array.isArray(item) ? item[1] : item);
    }
  };
  walk(root.tree);
  return found;
}

function placeOf<K extends PropertyKey>(holder: { [key in K]?: Tree | string }, key: K): Place {
  return {
    get: () => holder[key] as Tree,
    set(tree) {
      holder[key] = tree;
    },
  };
}

function changeObject(entries: [string, Tree][], dice: Dice): void {
  const entry = entries[dice.below(entries.length)];
  const roll = dice.below(10);
  if (!entry || roll < 2) entries.push([dice.pick(oddKeys), oddTree(dice)]);
  else if (roll < 5) entries.splice(entries.indexOf(entry), 1);
  else if (roll < 7) entry[0] = dice.pick(oddKeys);
  else entries.push([entry[0], roll < 9 ? entry[1] : oddTree(dice)]);
}

function changeList(items: Tree[], dice: Dice): void {
  const at = dice.below(items.length);
  const item = items[at];
  const roll = dice.below(10);
  if (!item || roll < 2) items.push(oddTree(dice));
  else if (roll < 4) items.splice(at, 1);
  else if (roll < 6) items.reverse();
  else items.splice(at, 0, ...Array.from({ length: dice.pick([1, 1, 1, 2, 50]) }, () => copyOf(item)));
}

function copyOf(tree: Tree): Tree {
  if (tree.kind === "list") return { kind: "list", items: tree.items.map(copyOf) };
  if (tree.kind === "object")
    return { kind: "object", entries: tree.entries.map(([key, part]) => [key, copyOf(part)]) };
  return tree;
}

/** A value like the one that stood there: a number a little beside, another text, the other truth. */
function nearby(value: unknown, dice: Dice): unknown {
  if (typeof value === "number") return dice.pick([value + 1, value - 1, -value, value * 2, value / 2, value * 1e6, 0]);
  if (typeof value === "boolean") return !value;
  if (typeof value === "string" && value !== "")
    return dice.pick([`${value}1`, value.slice(1), value.toUpperCase(), `${value}/${value}`]);
  return dice.pick(oddNumbers);
}

/** Changes a JSON value in one to three places: numbers, keys, texts, lists, parts swapped or copied into others. */
export function mutateTree(value: unknown, dice: Dice): Tree {
  const root = { tree: toTree(value) };
  for (let i = dice.below(3); i >= 0; i--) {
    const all = places(root);
    const place = dice.pick(all);
    const tree = place.get();
    const roll = dice.below(10);
    if (roll < 2) place.set(oddTree(dice));
    else if (roll < 3) place.set(copyOf(dice.pick(all).get()));
    else if (roll < 4) {
      const other = dice.pick(all);
      const [a, b] = [copyOf(tree), copyOf(other.get())];
      place.set(b);
      other.set(a);
    } else if (tree.kind === "object") changeObject(tree.entries, dice);
    else if (tree.kind === "list") changeList(tree.items, dice);
    else place.set({ kind: "plain", value: nearby(tree.value, dice) });
  }
  return root.tree;
}

/** As `mutateTree`, as text; now and then nested without end. */
export function mutateJsonText(value: unknown, dice: Dice): string {
  const text = toText(mutateTree(value, dice));
  if (!dice.chance(0.02)) return text;
  const depth = dice.pick([100, 5000, 200_000]);
  const at = text.indexOf(":", dice.below(text.length)) + 1;
  return `${text.slice(0, at)}${"[".repeat(depth)}${"]".repeat(dice.chance(0.5) ? depth : 0)}${text.slice(at + 1)}`;
}
