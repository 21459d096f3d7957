import { BacklightError } from "../errors.ts";

/** The command line itself is wrong, whatever the files hold: exit code 2. */
export class UsageError extends BacklightError {}

export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;
