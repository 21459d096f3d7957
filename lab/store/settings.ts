import { effect, signal } from "@preact/signals";
import type { ColormapName } from "../../src/index.ts";

// What a reader set stays in the browser's own storage, where it has one; nothing of it goes anywhere.

export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`backlight-${name}`) ?? undefined;
  } catch {
    return undefined; // storage is switched off
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`backlight-${name}`, value);
  } catch {
    // Storage is switched off: the next visit begins anew.
  }
}

/** Colour maps of heat maps: one that colour-blind readers can read, and the one that papers show. */
export const colormaps = ["viridis", "jet"] as const satisfies readonly ColormapName[];

/** The colour map of all heat maps. */
export const colormap = signal<ColormapName>(remembered("colormap") === "jet" ? "jet" : "viridis");

effect(() => remember("colormap", colormap.value));
