import type { HeatMap, PassOptions, PixelMap, Run, Target } from "../../../src/index.ts";

export type AnyMap = HeatMap | PixelMap;

interface Asked extends Pick<PassOptions, "signal" | "onProgress"> {
  /** A map of each is wanted. */
  readonly target: readonly Target[];
  readonly layer: string;
}

interface Method {
  readonly ask: (run: Run, asked: Asked) => Promise<readonly AnyMap[]>;
  /** Whether the layer plays a part. */
  readonly layered: boolean;
  /** Many passes: it tells how far it is, and can be stopped. */
  readonly slow?: boolean;
}

/** Random masks of RISE: fewer than its usual thousand, so that one can wait for them. */
const riseMasks = 300;

const atLayer = (ask: Method["ask"]): Method => ({ ask, layered: true });
const atPixels = (ask: Method["ask"]): Method => ({ ask, layered: false });

/** What a recording can be asked for, by the names of the command line. */
export const methods = {
  gradcam: atLayer((run, { target, layer }) => run.gradCam({ target, layer })),
  counterfactual: atLayer((run, { target, layer }) => run.gradCam({ target, layer, counterfactual: true })),
  // it has one layer of its own
  cam: atPixels((run, { target }) => run.cam({ target })),
  "gradcam++": atLayer((run, { target, layer }) => run.gradCamPlusPlus({ target, layer })),
  xgradcam: atLayer((run, { target, layer }) => run.xGradCam({ target, layer })),
  hirescam: atLayer((run, { target, layer }) => run.hiResCam({ target, layer })),
  layercam: atLayer((run, { target, layer }) => run.layerCam({ target, layer })),
  eigencam: atLayer((run, { target, layer }) => run.eigenCam({ target, layer })),
  eigengradcam: atLayer((run, { target, layer }) => run.eigenGradCam({ target, layer })),
  fullgrad: atPixels((run, { target }) => run.fullGrad({ target })),
  "guided-gradcam": atLayer((run, { target, layer }) => run.guidedGradCam({ target, layer })),
  guided: atPixels((run, { target }) => run.guidedBackprop({ target })),
  deconvnet: atPixels((run, { target }) => run.deconvnet({ target })),
  saliency: atPixels((run, { target }) => run.saliency({ target })),
  "input-x-gradient": atPixels((run, { target }) => run.inputXGradient({ target })),
  rectgrad: atPixels((run, { target }) => run.rectGrad({ target })),
  lrp: atPixels((run, { target }) => run.lrp({ target })),
  "integrated-gradients": {
    ask: (run, { target, signal, onProgress }) => run.integratedGradients({ target, signal, onProgress }),
    layered: false,
    slow: true,
  },
  smoothgrad: {
    ask: (run, { target, signal, onProgress }) => run.smoothGrad({ target, signal, onProgress }),
    layered: false,
    slow: true,
  },
  scorecam: { ask: (run, asked) => run.scoreCam(asked), layered: true, slow: true },
  ablationcam: { ask: (run, asked) => run.ablationCam(asked), layered: true, slow: true },
  occlusion: {
    ask: (run, { target, signal, onProgress }) => run.occlusion({ target, signal, onProgress }),
    layered: false,
    slow: true,
  },
  rise: {
    ask: (run, { target, signal, onProgress }) => run.rise({ target, signal, onProgress, masks: riseMasks }),
    layered: false,
    slow: true,
  },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;

export const methodNames = Object.keys(methods) as readonly MethodName[];

export function methodOf(name: MethodName): Method {
  return methods[name];
}

/** A map's value at a place, 0..1 along both sides: of a heat map its raw cell's, of a map of samples that of the channel
 * where it is largest. */
export function valueAt(map: AnyMap, { x, y }: { readonly x: number; readonly y: number }): number {
  const { width, height } = "raw" in map ? map.raw : map;
  const pixel = Math.floor(y * height) * width + Math.floor(x * width);
  if ("raw" in map) return map.raw.data[pixel] ?? 0;
  const samples = map.values.subarray(pixel * map.channels, (pixel + 1) * map.channels);
  return samples.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}
