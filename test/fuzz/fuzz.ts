import { Dice } from "./dice.ts";
import { examine, type Verdict } from "./examine.ts";
import type { Files, Format, Mutant } from "./formats.ts";

/** Mutant number `index` of a seed; the same files in every run. */
export function makeMutant(format: Format, seeds: readonly Files[], seed: number): Mutant {
  const dice = new Dice(`${format.name} ${seed}`);
  const [files, other] = [dice.pick(seeds), dice.pick(seeds)];
  let mutant = format.mutate(files, dice, other);
  while (dice.chance(0.2)) {
    const next = tryMutate(format, mutant, dice, other);
    if (!next) break;
    mutant = { files: next.files, mutation: `${mutant.mutation}, ${next.mutation}` };
  }
  const [name = ""] = files.keys();
  return { files: mutant.files, mutation: `${mutant.mutation} (of ${name})` };
}

/** Mutations that take a file apart need one that can still be read. */
function tryMutate(format: Format, mutant: Mutant, dice: Dice, other: Files): Mutant | undefined {
  try {
    return format.mutate(mutant.files, dice, other);
  } catch {
    return undefined;
  }
}

export interface Result extends Verdict {
  readonly seed: number;
  readonly mutation: string;
}

export async function runMutant(format: Format, seeds: readonly Files[], seed: number): Promise<Result> {
  const { files, mutation } = makeMutant(format, seeds, seed);
  return { seed, mutation, ...(await examine(format, files)) };
}

export function describeFailure(format: string, { seed, mutation, message, cause }: Result): string {
  const because = cause ? `\n  cause: ${cause}` : "";
  return `${format}, seed ${seed}: ${mutation}\n  ${message}${because}\n  again: npm run fuzz -- --format ${format} --seed ${seed} --n 1`;
}
