// One engine for all tests of a lane, so that every kernel is compiled once.
import { afterEach, beforeEach, expect } from "vitest";
import { Engine, type EngineOptions, type MemoryReport } from "../../src/tensor/engine.ts";

const engines = new Map<string, Promise<Engine>>();

/** The lane's engine with these options; made on first use, never disposed. */
export function engineForTests(options: EngineOptions = {}): Promise<Engine> {
  const key = JSON.stringify(options);
  const known = engines.get(key);
  if (known) return known;
  const made = Engine.create(options);
  engines.set(key, made);
  return made;
}

/** Call at the top of a test file: after each of its tests, the engine holds as much as before it.
 * @returns where the tests find the engine */
export function useEngine(options: EngineOptions = {}): { readonly engine: Engine } {
  let engine: Engine | undefined;
  let before: Pick<MemoryReport, "liveTensors" | "liveBuffers" | "liveBytes">;
  beforeEach(async () => {
    engine = await engineForTests(options);
    before = holdings(engine);
  });
  afterEach(() => {
    if (!engine) return;
    expect(holdings(engine), "tensors, buffers and bytes still held after the test").toEqual(before);
    expect(engine.recorder, "a tape still records after the test").toBeUndefined();
  });
  return {
    get engine() {
      if (!engine) throw new Error("the engine is there in tests and hooks only");
      return engine;
    },
  };
}

function holdings(engine: Engine) {
  const { liveTensors, liveBuffers, liveBytes } = engine.memory();
  return { liveTensors, liveBuffers, liveBytes };
}
