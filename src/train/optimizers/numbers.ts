import { ShapeError } from "../../errors.ts";

/** @returns the value, if it is a number within the limits
 * @throws ShapeError if it is not */
export function checkNumber(
  what: string,
  value: number,
  limits: { readonly least?: number; readonly above?: number; readonly below?: number; readonly most?: number },
): number {
  const { least = -Infinity, above = -Infinity, below = Infinity, most = Infinity } = limits;
  if (Number.isFinite(value) && value >= least && value <= most && value > above && value < below) return value;
  const words = Object.entries(limits).map(
    ([word, limit]) => ` ${word === "least" || word === "most" ? `at ${word}` : word} ${limit}`,
  );
  throw new ShapeError(`${what} is ${value}; it wants a finite number${words.join(" and")}`);
}

/** The least that a GPU need not take for 0. */
export const LEAST_NORMAL = 2 ** -126;
