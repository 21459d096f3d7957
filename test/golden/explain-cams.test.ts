// Class activation maps against pytorch-grad-cam, torch-cam and tf-keras-vis, by tools/golden/explain_cams.py and
// explain_cams_keras.py: raw values. torch-cam and tf-keras-vis rectify most of theirs, and so are ours compared with them.
import { describe, expect, it } from "vitest";
import type { Run } from "../../src/explain/explain.ts";
import { type HeatMap, rectified } from "../../src/explain/heat-map.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import { withRun } from "../explain/support.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";

interface Entry {
  readonly network: string;
  /** null for methods without a target layer. */
  readonly layer: string | null;
  readonly target: number;
  readonly maps: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: string }>>;
}

interface Asked {
  readonly layer: string;
  readonly target: readonly Target[];
}

type Method = (run: Run, asked: Asked) => Promise<HeatMap[]>;

const methods: Readonly<Record<string, Method>> = {
  cam: (run, { target }) => run.cam({ target }),
  gradcam: (run, asked) => run.gradCam(asked),
  "gradcam++": (run, asked) => run.gradCamPlusPlus(asked),
  "gradcam++ exact": (run, asked) => run.gradCamPlusPlus({ ...asked, epsilon: 0 }),
  "gradcam++ authors": (run, asked) => run.gradCamPlusPlus({ ...asked, normalise: "authors" }),
  xgradcam: (run, asked) => run.xGradCam(asked),
  hirescam: (run, asked) => run.hiResCam(asked),
  layercam: (run, asked) => run.layerCam(asked),
  eigencam: (run, asked) => run.eigenCam(asked),
  eigengradcam: (run, asked) => run.eigenGradCam(asked),
  fullgrad: (run, { target }) => run.fullGrad({ target }),
  "fullgrad by layer": (run, { target }) => run.fullGrad({ target, rescale: "layer", resize: "align-corners" }),
};

/** Where a library means something else by the name. */
const asLibrariesHaveThem: Readonly<Record<string, Method>> = {
  "pytorch-grad-cam/eigencam": (run, asked) => run.eigenCam({ ...asked, centred: true }),
  "pytorch-grad-cam/eigengradcam": (run, asked) => run.eigenGradCam({ ...asked, centred: true }),
};
const rectify = new Set(["torch-cam/gradcam", "torch-cam/xgradcam", "torch-cam/layercam"]);
for (const name of ["layercam", "gradcam++ authors"]) rectify.add(`tf-keras-vis/${name}`);
/** The sign of a singular vector is whatever the library's decomposition gave. */
const signIsOpen = new Set(Object.keys(asLibrariesHaveThem));

const TOLERANCE = 1e-3;
const host = useEngine();
const files = ["cams", "cams-keras"];
const goldens = await Promise.all(
  files.map((name) => readJsonFixture<{ readonly entries: readonly Entry[] }>(`golden/explain/${name}.json`)),
);
const all = goldens.flatMap(({ entries }) => entries);
const placeOf = ({ network, layer }: Entry) => `${network} ${layer ?? "as a whole"}`;
const places = [...new Set(all.map(placeOf))];

function methodOf(name: string): Method {
  const found = asLibrariesHaveThem[name] ?? methods[name.slice(name.indexOf("/") + 1)];
  if (!found) throw new Error(`no method for the golden "${name}"`);
  return found;
}

/** Raw values as the library has them. */
function comparable(name: string, map: HeatMap, expected: Float32Array): Float32Array {
  const { data } = rectify.has(name) ? rectified(map.raw) : map.raw;
  if (!signIsOpen.has(name)) return data;
  const product = data.reduce((sum, value, i) => sum + value * (expected[i] ?? 0), 0);
  return product < 0 ? data.map((value) => -value) : data;
}

describe.each(places)("%s", (place) => {
  const entries = all.filter((entry) => placeOf(entry) === place);
  const [first] = entries;
  const names = [...new Set(entries.flatMap(({ maps }) => Object.keys(maps)))];

  it("has the maps of the libraries, for all targets at once", async () => {
    if (!first) throw new Error("no entries");
    await withRun(host.engine, first.network, async (run) => {
      const layer = first.layer ?? run.layers().at(-1) ?? "";
      const asked = (name: string) => entries.filter(({ maps }) => name in maps);
      const answers = await Promise.all(
        names.map((name) =>
          methodOf(name)(run, { layer, target: asked(name).map(({ target }) => classLogit(target)) }),
        ),
      );
      for (const [i, name] of names.entries()) {
        for (const [t, { maps, target }] of asked(name).entries()) {
          const map = answers[i]?.[t];
          const golden = maps[name];
          if (!map || !golden) throw new Error(`${name} gave no map for target ${t}`);
          expect([map.raw.height, map.raw.width], name).toEqual(golden.shape);
          const expected = float32FromBase64(golden.values);
          const error = relativeError(comparable(name, map, expected), expected);
          expect(error, `${name} of class ${target}`).toBeLessThanOrEqual(TOLERANCE);
        }
      }
    });
  });
});
