import { ShapeError } from "./errors.ts";

/** @throws ShapeError unless a number is whole and at least 1 */
export function atLeastOne(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ShapeError(`${what} is ${value}; give a whole number of at least 1`);
}
