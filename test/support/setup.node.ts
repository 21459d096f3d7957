// Node has no navigator.gpu: give it Dawn's, once per process.
import { create, globals } from "webgpu";

if (!globalThis.navigator?.gpu) {
  Object.assign(globalThis, globals);
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}
