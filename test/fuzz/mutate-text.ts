import type { Dice } from "./dice.ts";
import { type ByteMutation, byteMutations } from "./mutate-bytes.ts";
import { mutateJsonText } from "./mutate-json.ts";

export const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytesOf = (text: string) => new TextEncoder().encode(text);

const wrongJson: ByteMutation = (bytes, dice) => bytesOf(mutateJsonText(JSON.parse(textOf(bytes)), dice));

/** JSON inside a JSON string, once or many times. */
const quoted: ByteMutation = (bytes, dice) => {
  let text = dice.chance(0.5) ? mutateJsonText(JSON.parse(textOf(bytes)), dice) : textOf(bytes);
  for (let i = dice.pick([1, 1, 2, 5]); i > 0; i--) text = JSON.stringify(text);
  return bytesOf(text);
};

export const jsonMutations: Readonly<Record<string, ByteMutation>> = {
  ...byteMutations,
  wrongJson,
  ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`wrongJson${i + 2}`, wrongJson])),
  quoted,
};

/** Tags, aliases, markers and indents that mean something in YAML. */
const pieces = [
  "!!python/object/apply:os.system ['true']",
  "!!python/tuple [1, 2]",
  "!!python/name:os.system",
  "!!binary aGVsbG8=",
  "!!js/function 'x'",
  "&a [*a]",
  "*id001",
  "&id001 {a: 1}",
  "<<: *id001",
  "{<<: {a: 1}}",
  "---",
  "...",
  "%YAML 1.2",
  "? [a]",
  "| \n  text",
  "0x7fffffffffffffff",
  "0o17",
  "1:30:00",
  ".nan",
  "-.inf",
  "~",
  "\t",
  "__proto__: {a: 1}",
  "constructor: 1",
  "2001-12-14t21:59:43.10-05:00",
];

const wrongLine: ByteMutation = (bytes, dice) => {
  const lines = textOf(bytes).split("\n");
  for (let i = dice.below(4); i >= 0; i--) changeLine(lines, dice);
  return bytesOf(lines.join("\n"));
};

function changeLine(lines: string[], dice: Dice): void {
  const at = dice.below(lines.length);
  const line = lines[at] ?? "";
  const indent = line.slice(0, line.length - line.trimStart().length);
  const colon = line.indexOf(":");
  const changes = [
    () => lines.splice(at, 1),
    () => lines.splice(at, 0, line),
    () => lines.splice(at, 1, ` ${line}`),
    () => lines.splice(at, 1, line.slice(1)),
    () => lines.splice(at, 1, `${line.slice(0, colon + 1)} ${dice.pick(pieces)}`),
    () => lines.splice(at, 0, indent + dice.pick(pieces)),
    () => lines.splice(at, 1, line.replace(/\d+/, String(dice.pick([0, -1, 1e30, 2 ** 31, 0.5])))),
    () => lines.splice(at, 0, ...lines.slice(dice.below(lines.length)).slice(0, 20)),
  ];
  dice.pick(changes)();
}

/** A few lines that stand for billions of values, or for a depth without end. */
const bomb: ByteMutation = (bytes, dice) => {
  const [count, each] = [dice.pick([3, 9, 20, 400]), dice.pick([1, 2, 9])];
  const lines = ["bomb0: &bomb0 [x, x]"];
  for (let i = 1; i <= count; i++)
    lines.push(
      `bomb${i}: &bomb${i} [${Array(each)
        .fill(`*bomb${i - 1}`)
        .join(", ")}]`,
    );
  const text = textOf(bytes).split("\n");
  const at = dice.chance(0.7) ? 0 : dice.below(text.length);
  text.splice(at, 0, ...lines);
  const used = dice.chance(0.5)
    ? text.map((line) => (dice.chance(0.05) ? line.replace(/: .+$/, `: *bomb${count}`) : line))
    : text;
  return bytesOf(used.join("\n"));
};

const deep: ByteMutation = (bytes, dice) => {
  const opening = dice.pick(["[", "{a: ", "- ", "? "]).repeat(dice.pick([10, 90, 110, 1000, 50_000]));
  const text = textOf(bytes);
  const at = text.indexOf(": ", dice.below(text.length)) + 2;
  return bytesOf(`${text.slice(0, at)}${opening}${text.slice(at)}`);
};

/** A JSON config, changed, as a value in YAML's own braces. */
export function yamlAround(config: unknown, dice: Dice): Uint8Array {
  const inner = (config as { config?: unknown }).config;
  return bytesOf(
    `class_name: ${dice.pick(["Sequential", "Model", "Functional"])}\nconfig: ${mutateJsonText(inner, dice)}\n`,
  );
}

export const yamlMutations: Readonly<Record<string, ByteMutation>> = {
  ...byteMutations,
  wrongLine,
  wrongLineAgain: wrongLine,
  wrongLineOnceMore: wrongLine,
  wrongLineOften: wrongLine,
  bomb,
  deep,
};
