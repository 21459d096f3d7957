import { WeightsFormatError } from "../src/errors.ts";

/** A module of Node's, in Node and Deno, without an import that a browser would stumble over.
 * @param what what it is wanted for, for the message
 * @throws WeightsFormatError in a browser */
export function hostModule<Name extends "node:fs" | "node:path">(
  name: Name,
  what: string,
): NonNullable<ReturnType<typeof process.getBuiltinModule<Name>>> {
  const found = typeof process === "undefined" ? undefined : process.getBuiltinModule?.(name);
  if (found) return found;
  throw new WeightsFormatError(
    `${what}: a path can only be opened in Node (20.16 or newer) and Deno. In a browser give a URL, a File or its bytes.`,
  );
}
