import type { DeviceLostError } from "../errors.ts";

/** What an engine tells whoever listens; see Engine.on. */
export interface EngineEvents {
  /** A variant is about to be compiled on this device: once each, and seconds long on some software adapters. */
  compile: { readonly kernel: string; readonly variant: string };
  /** A kernel was encoded, under the name of the layer or operation that wants it; it runs with the next submission. */
  dispatch: { readonly kernel: string; readonly variant: string; readonly label: string };
  /** Commands went to the GPU. */
  submit: { readonly dispatches: number };
  /** The device is gone, and not by the engine's dispose(). Comes once. */
  lost: DeviceLostError;
}

type Listener<T> = (event: T) => void;

/** Listeners by event name. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** @returns a function that stops listening */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => {
      set.delete(listener);
    };
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Events[K]>)(event);
  }
}
