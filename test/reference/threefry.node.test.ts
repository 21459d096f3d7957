// Known answers of the authors' library, Random123 (kat_vectors: threefry2x32, 20 rounds).
import { expect, it } from "vitest";
import { threefry } from "./dropout.ts";

it.each([
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
])("counter %i %i, key %i %i", (c0, c1, k0, k1, first, second) => {
  expect(threefry([k0, k1], [c0, c1])).toEqual([first, second]);
});
