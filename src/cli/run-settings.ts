import { BacklightError } from "../errors.ts";
import { UsageError } from "./usage.ts";

/** A learning rate.
 * @throws UsageError for what is none */
export function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new UsageError(`--lr is "${text}", but it must be a number above 0.`);
}

/** A run that is taken up has the settings that it was begun with.
 * @param kept  of the run, by the options' names
 * @param given again, now
 * @throws BacklightError for one that differs */
export function assertAgrees<T extends object>(kept: T, given: Partial<T>): void {
  const differs = (Object.keys(given) as (keyof T & string)[]).find((key) => given[key] !== kept[key]);
  if (differs === undefined) return;
  throw new BacklightError(
    `the run was begun with --${differs} ${kept[differs]}, which is ${given[differs]} now. ` +
      "Leave the option out, or choose another folder (--out).",
  );
}
