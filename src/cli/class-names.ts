import { type Model, nearest, UnknownNameError } from "../index.ts";

/** The index of a class that is given as an index, a name, or a part of a name that only one class has.
 * @throws UnknownNameError with the range, the nearest name, or the names that fit */
export function classIndex(model: Model, text: string): number {
  const count = model.outputShape.at(-1) ?? 0;
  if (/^-?\d+$/.test(text)) {
    const index = Number(text);
    if (index >= 0 && index < count) return index;
    throw new UnknownNameError(`there is no class ${text}: ${model.name} has ${count}, from 0 to ${count - 1}.`);
  }
  const names = model.classNames;
  if (!names)
    throw new UnknownNameError(
      `the names of ${model.name}'s classes are not known, so "${text}" means nothing. Give an index from 0 to ${count - 1}.`,
    );
  return namedClass(names.map(plain), plain(text), { text, names, model: model.name });
}

interface Asked {
  readonly text: string;
  readonly names: readonly string[];
  readonly model: string;
}

function namedClass(plainNames: readonly string[], wanted: string, { text, names, model }: Asked): number {
  const indices = plainNames.map((_, i) => i);
  const exact = indices.filter((i) => plainNames[i] === wanted);
  const words = indices.filter((i) => ` ${plainNames[i]} `.includes(` ${wanted} `));
  const parts = indices.filter((i) => plainNames[i]?.includes(wanted));
  const fits = [exact, words, parts].find((found) => found.length > 0) ?? [];
  const [only] = fits;
  if (fits.length === 1 && only !== undefined) return only;
  if (fits.length === 0) {
    const guess = nearest(wanted, plainNames);
    const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
    throw new UnknownNameError(
      `${model} has no class named "${text}".${hint} Give a name or an index from 0 to ${names.length - 1}.`,
    );
  }
  const listed = fits.slice(0, 10).map((i) => `${i} "${names[i]}"`);
  const more = fits.length > listed.length ? `, and ${fits.length - listed.length} more` : "";
  throw new UnknownNameError(`"${text}" fits ${fits.length} classes: ${listed.join(", ")}${more}. Give the index.`);
}

/** Names are compared without case, and with blanks for what stands between words. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();
}

/** "Egyptian cat (285)", or "class 7" where names are not known, or no more than the index. */
export function classTitle(index: number, label: string | undefined): string {
  return label === undefined || label === String(index) ? `class ${index}` : `${label} (${index})`;
}

/** For file names: "285-egyptian-cat". */
export function classSlug(index: number, label: string | undefined): string {
  const words =
    (label === String(index) ? "" : (label ?? ""))
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return [String(index), ...words].join("-").slice(0, 60);
}
