// Looking over the engine's shoulder: which kernels run, by which variant, for which shapes.
import type { AnyKernel } from "../../src/kernels/define.ts";
import type { Engine } from "../../src/tensor/engine.ts";

export interface Dispatch {
  readonly kernel: AnyKernel;
  readonly uniforms: Readonly<Record<string, number>>;
  readonly variant: string;
  /** What profiles file it under. */
  readonly label: string;
}

/** Runs `body` and lists its dispatches. */
export function dispatchesOf<T>(engine: Engine, body: () => T): { result: T; dispatches: Dispatch[] } {
  const { runtime } = engine;
  const dispatches: Dispatch[] = [];
  const original = runtime.dispatch.bind(runtime) as (...args: unknown[]) => void;
  runtime.dispatch = (kernel, buffers, uniforms, variant) => {
    dispatches.push({ kernel: kernel as unknown as AnyKernel, uniforms, variant, label: runtime.label });
    original(kernel, buffers, uniforms, variant);
  };
  try {
    return { result: body(), dispatches };
  } finally {
    Reflect.deleteProperty(runtime, "dispatch"); // the prototype's shows again
  }
}
