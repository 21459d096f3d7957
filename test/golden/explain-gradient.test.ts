// Gradient methods against captum, raw value by raw value; tools/golden/explain_gradient.py says how captum was asked.
import { describe, expect, it } from "vitest";
import type { Run } from "../../src/explain/explain.ts";
import type { PixelMap } from "../../src/explain/pixel-map.ts";
import { classLogit } from "../../src/explain/targets.ts";
import { withRun } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";

interface Goldens {
  readonly options: Readonly<Record<"steps" | "samples" | "noise" | "seed" | "q", number>>;
  readonly networks: Readonly<Record<string, Explained>>;
}

interface Explained {
  readonly target: number;
  /** Logit of the picture minus logit of zeros. */
  readonly difference: number;
  readonly maps: Readonly<Record<string, string>>;
}

const TOLERANCE = 1e-3;
const { options, networks } = await readJsonFixture<Goldens>("golden/explain/gradient.json");
const { steps, samples, noise, seed, q } = options;
const host = useEngine();

type Method = (run: Run, asked: { readonly target: ReturnType<typeof classLogit> }) => Promise<PixelMap>;

const sampling = { samples, noise, seed };
const methods: Readonly<Record<string, Method>> = {
  saliency: (run, asked) => run.saliency(asked),
  inputXGradient: (run, asked) => run.inputXGradient(asked),
  guidedBackprop: (run, asked) => run.guidedBackprop(asked),
  deconvnet: (run, asked) => run.deconvnet(asked),
  rectGrad: (run, asked) => run.rectGrad({ ...asked, q }),
  relaxedMaxPool: (run, asked) => run.saliency({ ...asked, relaxMaxPool: true }),
  smoothGrad: (run, asked) => run.smoothGrad({ ...asked, ...sampling }),
  smoothGradSquared: (run, asked) => run.smoothGrad({ ...asked, ...sampling, kind: "squared" }),
  varGrad: (run, asked) => run.smoothGrad({ ...asked, ...sampling, kind: "variance" }),
  integratedGradients: (run, asked) => run.integratedGradients({ ...asked, steps }),
  integratedGradientsGauss: (run, asked) => run.integratedGradients({ ...asked, steps, quadrature: "gauss-legendre" }),
};

describe.each(Object.entries(networks))("%s", (network, { target, maps, difference }) => {
  it("every method is captum's", () =>
    withRun(host.engine, network, async (run) => {
      const asked = { target: classLogit(target) };
      for (const [name, golden] of Object.entries(maps)) {
        const map = await methods[name]?.(run, asked);
        const error = relativeError(map?.values ?? [], float32FromBase64(golden));
        expect(error, `${name} of ${network}`).toBeLessThan(TOLERANCE);
      }
    }));

  it("integrated gradients add up to what the logit gained", () =>
    withRun(host.engine, network, async (run) => {
      const map = await run.integratedGradients({ target: classLogit(target), steps: 48 });
      expect(map.provenance.options).toMatchObject({ quadrature: "midpoint", baseline: 0 });
      expect(Number(map.provenance.options?.difference)).toBeCloseTo(difference, 4);
      expect(Number(map.provenance.options?.completenessError)).toBeLessThan(0.01);
    }));
});
