// Grad-CAM at every layer, walked piece by piece: the same maps from the same one walk, which can be watched and ended.
import { describe, expect, it } from "vitest";
import { channel, maxOverChannels } from "../../src/explain/layer-targets.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import { useEngine } from "../support/engine.ts";
import { withRun } from "./support.ts";

const host = useEngine();

describe("a sweep in pieces", () => {
  const targets: readonly (readonly [string, string, Target | Target[]])[] = [
    ["residual", "a class", classLogit(1)],
    ["residual", "classes together", [classLogit(1), classLogit(2)]],
    ["residual", "scalars at several depths", [classLogit(1), channel("a_out", 2), maxOverChannels("b_out")]],
    ["separable", "a class", classLogit(1)],
    ["xception-like", "a class", classLogit(1)],
  ];

  it.each(targets)("of %s, for %s, gives the maps of one walk", (name, _, target) =>
    withRun(host.engine, name, async (run) => {
      const told: [number, number][] = [];
      const whole = [await run.sweep({ target })].flat(2);
      const pieces = [await run.sweep({ target, onProgress: (done, total) => told.push([done, total]) })].flat(2);
      expect(pieces.map(({ provenance }) => provenance)).toEqual(whole.map(({ provenance }) => provenance));
      for (const [i, map] of pieces.entries()) {
        expect(map.raw, map.provenance.layer).toEqual(whole[i]?.raw);
        expect(map.alpha).toEqual(whole[i]?.alpha);
      }
      const total = run.layers().length;
      expect(told.length).toBeGreaterThan(2);
      expect(told.at(-1)).toEqual([total, total]);
      expect(told.every(([done], i) => done > (told[i - 1]?.[0] ?? 0))).toBe(true);
    }),
  );

  it("walks no way twice", () =>
    withRun(host.engine, "residual", async (run) => {
      const dispatches = async (options: object) => {
        const before = host.engine.counts.dispatches;
        await run.sweep(options);
        return host.engine.counts.dispatches - before;
      };
      await run.sweep();
      const whole = await dispatches({});
      expect(await dispatches({ onProgress: () => undefined })).toBe(whole);
    }));

  it("ends on a signal, and gives its memory back", () =>
    withRun(host.engine, "residual", async (run) => {
      const { liveBuffers } = host.engine.memory();
      const stop = new AbortController();
      const told: number[] = [];
      const onProgress = (done: number) => {
        told.push(done);
        if (told.length === 2) stop.abort(new RangeError("enough"));
      };
      await expect(run.sweep({ onProgress, signal: stop.signal })).rejects.toThrow("enough");
      expect(told).toHaveLength(2);
      const never = AbortSignal.abort(new RangeError("never"));
      const before = host.engine.counts.dispatches;
      await expect(run.sweep({ signal: never })).rejects.toThrow("never");
      expect(host.engine.counts.dispatches).toBe(before);
      expect(host.engine.memory().liveBuffers).toBe(liveBuffers);
    }));
});
