import { type Grid, linearGrid } from "./define.ts";
import type { Flags } from "./template.ts";

interface Elements {
  readonly n: number;
}

/** The vec4 and the naive variant of a kernel that handles `n` elements, one vector or one number to an invocation.
 * @param fits whether four neighbouring elements can be handled as one */
export function byFours<U>(source: string, fits: (uniforms: U) => boolean, flags: Flags = {}) {
  return {
    vec4: { source, flags: { ...flags, VEC4: true }, grid: ({ n }: Elements): Grid => linearGrid(n / 4, 64), fits },
    naive: { source, flags: { ...flags, VEC4: false }, grid: ({ n }: Elements): Grid => linearGrid(n, 64) },
  };
}

/** For a kernel that knows no axes. */
export function overElements(source: string, flags?: Flags) {
  return byFours(source, ({ n }: Elements) => n % 4 === 0, flags);
}

/** For a kernel over [..., C]. */
export function overChannels(source: string, flags?: Flags) {
  return byFours(source, ({ C }: { C: number }) => C % 4 === 0, flags);
}
