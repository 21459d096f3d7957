import type { ComponentType } from "preact";
import type { Explained } from "./store/session.ts";

/** What a view gets that asks the recording. */
export interface AskingProps {
  readonly one: Explained;
}

/** A view that asks the recording waits for it. */
type ViewEntry =
  | { readonly load: () => Promise<ComponentType>; readonly asks: false }
  | { readonly load: () => Promise<ComponentType<AskingProps>>; readonly asks: true };

/** The views in the order of the story; the names are those of addresses. Each is loaded when it is opened. */
export const views = {
  look: { load: async () => (await import("./views/look.tsx")).Look, asks: false },
  network: { load: async () => (await import("./views/network.tsx")).NetworkMap, asks: true },
  tape: { load: async () => (await import("./views/tape.tsx")).TapeScrubber, asks: true },
  seed: { load: async () => (await import("./views/seed.tsx")).SeedView, asks: true },
  alpha: { load: async () => (await import("./views/alpha.tsx")).AlphaBuilder, asks: true },
  cam: { load: async () => (await import("./views/cam.tsx")).CamIsGradCam, asks: true },
  gate: { load: async () => (await import("./views/gate.tsx")).ReluGate, asks: true },
  pool: { load: async () => (await import("./views/pool.tsx")).PoolSwitches, asks: true },
  sweep: { load: async () => (await import("./views/sweep.tsx")).LayerSweep, asks: true },
  steps: { load: async () => (await import("./views/steps.tsx")).Steps, asks: true },
  sanity: { load: async () => (await import("./views/sanity.tsx")).Sanity, asks: true },
  erase: { load: async () => (await import("./views/erase.tsx")).EraseAndAsk, asks: true },
  compare: { load: async () => (await import("./views/compare.tsx")).Compare, asks: true },
  bench: { load: async () => (await import("./views/bench.tsx")).KernelBench, asks: false },
  lessons: { load: async () => (await import("./views/lessons.tsx")).Lessons, asks: false },
} as const satisfies Record<string, ViewEntry>;

export type ViewName = keyof typeof views;

export const viewNames = Object.keys(views) as readonly ViewName[];

export function isViewName(name: string): name is ViewName {
  return Object.hasOwn(views, name);
}
