import { BoxFileError } from "../../../errors.ts";
import type { Box } from "../../../image/types.ts";

/** Where in a file something stands. */
export interface Place {
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** The error that says where. */
export function refuse({ name, line }: Place, why: string): BoxFileError {
  return new BoxFileError(`${name}, line ${line}: ${why}`);
}

/** Pictures are not larger; what is, is a mistake. */
const farthest = 1_000_000;

/** A box of whole pixels whose corners both belong to it.
 * @throws BoxFileError if a number is none, is absurd, or the box ends before it begins */
export function checkedBox(place: Place, { x0, y0, x1, y1 }: Box): Box {
  const numbers = [x0, y0, x1, y1];
  const shown = `(${x0}, ${y0}) to (${x1}, ${y1})`;
  if (!numbers.every((value) => Math.abs(value) <= farthest))
    throw refuse(place, `the box from ${shown} is not in any picture: coordinates are pixels, up to ${farthest}.`);
  if (x1 < x0 || y1 < y0) throw refuse(place, `the box from ${shown} ends before it begins.`);
  return { x0: Math.max(0, x0), y0: Math.max(0, y0), x1: Math.max(0, x1), y1: Math.max(0, y1) };
}

/** A number as text: digits, a sign, a point, an exponent.
 * @throws BoxFileError for anything else */
export function numberOf(place: Place, text: string, what: string): number {
  const plain = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return Number(plain);
  throw refuse(place, `${what} is "${shortened(plain)}", which is no number.`);
}

/** What a message quotes of a text that may be of any length. */
export function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
