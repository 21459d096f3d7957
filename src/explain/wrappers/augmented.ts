import { nhwc } from "../../tensor/shape.ts";
import type { Run } from "../explain.ts";
import { HeatMap } from "../heat-map.ts";
import { PixelMap } from "../pixel-map.ts";
import { type Method, meanOf, onVersions, type Version, type WrapperOptions } from "./method.ts";

export interface AugmentedOptions extends WrapperOptions {
  /** Whether each version is also looked at in a mirror, left and right exchanged; true unless given. */
  readonly flip?: boolean | undefined;
  /** Factors that the network's input is multiplied with; 0.9, 1 and 1.1 unless given. */
  readonly brightness?: readonly number[] | undefined;
}

/** Test-time augmentation of any method: the mean over brighter, darker and mirrored versions of the picture, mirrored maps
 * being turned back; six versions unless told otherwise. Class activation maps are brought to the input's size and
 * normalised before, so that each version counts alike.
 * @param method `(run) => run.gradCam({ layer })`, say
 * @throws what the method throws; the signal's reason
 * @see    the `aug_smooth` of pytorch-grad-cam, whose versions these are */
export async function augmented<M extends HeatMap | PixelMap>(
  run: Run,
  method: Method<M>,
  options: AugmentedOptions = {},
): Promise<M> {
  const { flip = true, brightness = [0.9, 1, 1.1] } = options;
  const [, , width, channels] = nhwc(run.input.shape, "augmented");
  const mirrors = flip ? [false, true] : [false];
  const versions = mirrors.flatMap((mirror) =>
    brightness.map((factor): Version<M> => {
      const brighter = (x: Float32Array) => x.map((value) => value * factor);
      if (!mirror) return { make: brighter, back: (map) => sized(map) };
      return {
        make: (x) => mirrored(brighter(x), width, channels),
        back: (map) => turnedBack(sized(map)),
      };
    }),
  );
  const maps = await onVersions(run, method, { ...options, versions });
  return meanOf(maps, { wrapper: "augmented", options: { flip, brightness: brightness.join(" ") } });
}

/** A class activation map at the input's size, 0..1; pixel maps as they are. */
export function sized<M extends HeatMap | PixelMap>(map: M): M {
  if (!(map instanceof HeatMap)) return map;
  const { input, provenance, notes } = map;
  return new HeatMap(map.heatmap(), { input, provenance, notes }) as M;
}

function turnedBack<M extends HeatMap | PixelMap>(map: M): M {
  if (map instanceof PixelMap)
    return new PixelMap(mirrored(map.values, map.width, map.channels), { ...(map as PixelMap) }) as M;
  const { raw, input, provenance, notes } = map as HeatMap;
  return new HeatMap({ ...raw, data: mirrored(raw.data, raw.width, 1) }, { input, provenance, notes }) as M;
}

/** Left and right exchanged: [h, w, c]. */
function mirrored(values: Float32Array, width: number, channels: number): Float32Array {
  return values.map((_, i) => {
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const column = pixel % width;
    return values[(pixel + width - 1 - 2 * column) * channels + channel] ?? 0;
  });
}
