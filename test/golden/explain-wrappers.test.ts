// Wrapped methods against pytorch-grad-cam and captum, value by value; tools/golden/explain_wrappers.py says how they
// were asked.
import { describe, expect, it } from "vitest";
import type { Run } from "../../src/explain/explain.ts";
import { HeatMap } from "../../src/explain/heat-map.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import { augmented } from "../../src/explain/wrappers/augmented.ts";
import { eigenSmoothed } from "../../src/explain/wrappers/eigen-smoothed.ts";
import { fused } from "../../src/explain/wrappers/fused.ts";
import { smoothed } from "../../src/explain/wrappers/smoothed.ts";
import { withRun } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";

interface Goldens {
  readonly options: Readonly<Record<"samples" | "noise" | "seed", number>>;
  readonly networks: Readonly<Record<string, Explained>>;
}

interface Explained {
  readonly target: number;
  readonly layer: string;
  /** As large as the input. */
  readonly layers: readonly string[];
  readonly maps: Readonly<Record<string, string>>;
}

const TOLERANCE = 1e-3;
const { options, networks } = await readJsonFixture<Goldens>("golden/explain/wrappers.json");
const host = useEngine();

interface Asked {
  readonly target: Target;
  readonly layer: string;
}

const methods = {
  gradcam: (run: Run, asked: Asked) => run.gradCam(asked),
  "gradcam++": (run: Run, asked: Asked) => run.gradCamPlusPlus(asked),
};

/** Stretched to 0..1 at the input's size, as pytorch-grad-cam does it: it takes the minimum away, not only the negative. */
function stretched(map: HeatMap): HeatMap {
  const sized = map.heatmap();
  const [min, max] = [Math.min(...sized.data), Math.max(...sized.data)];
  const data = sized.data.map((value) => (value - min) / (max - min));
  return new HeatMap({ ...sized, data }, map);
}

describe.each(Object.entries(networks))("%s", (network, { target: index, layer, layers, maps }) => {
  const target = classLogit(index);
  const check = (name: string, values: Float32Array) => {
    const golden = float32FromBase64(maps[name] ?? "");
    expect(relativeError(values, golden), `${name} of ${network}`).toBeLessThan(TOLERANCE);
  };

  it.each(Object.entries(methods))("%s, wrapped, is pytorch-grad-cam's", (name, method) =>
    withRun(host.engine, network, async (run) => {
      const turned = await augmented(run, async (other) => stretched(await method(other, { target, layer })));
      check(`augmented-${name}`, turned.raw.data);
      const ofLayer = (one: string) => async (other: Run) => stretched(await method(other, { target, layer: one }));
      const several = await fused(run, layers.map(ofLayer));
      check(`fused-${name}`, stretched(several).raw.data);
      const { raw } = await eigenSmoothed(run, (other) => method(other, { target, layer }), { centred: true });
      // the sign of a singular vector is arbitrary: the library takes the one it gets
      const golden = float32FromBase64(maps[`eigensmoothed-${name}`] ?? "");
      const sign = Math.sign(raw.data.reduce((sum, value, i) => sum + value * (golden[i] ?? 0), 0));
      check(
        `eigensmoothed-${name}`,
        raw.data.map((value) => sign * value),
      );
    }),
  );

  it("smoothed is captum's NoiseTunnel", () =>
    withRun(host.engine, network, async (run) => {
      const cam = await smoothed(run, (other) => other.gradCam({ target, layer }), options);
      check("smoothed-gradcam", cam.raw.data);
      const product = await smoothed(run, (other) => other.inputXGradient({ target }), options);
      check("smoothed-input-x-gradient", product.values);
    }));
});
