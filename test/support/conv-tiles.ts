import { afterEach, beforeEach } from "vitest";
import type { Engine } from "../../src/tensor/engine.ts";

/** Convolutions take one dispatch each, on adapters too where they are matrix products: for tests that count dispatches. */
export function useConvTiles(host: { readonly engine: Engine }): void {
  beforeEach(() => {
    for (const kernel of ["conv2d", "conv2d-input-vjp", "conv2d-filter-vjp"]) host.engine.variants.set(kernel, "tiles");
  });
  afterEach(() => host.engine.variants.clear());
}
