/** The number that follows a flag.
 * @throws Error unless it is whole and at least 1 */
export function numberAfter(args: readonly string[], name: string): number | undefined {
  const at = args.indexOf(name);
  if (at < 0) return undefined;
  const value = Number(args[at + 1]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name} takes a whole number of at least 1, got "${args[at + 1]}"`);
}
