import { colorize } from "../image/colormap.ts";
import { deprocess } from "../image/normalize.ts";
import { type OverlayOptions, overlay } from "../image/render.ts";
import type { FloatMap, Image } from "../image/types.ts";
import { Rendered } from "./rendered.ts";

/** How a signed gradient s becomes a saliency picture: "absolute" is the largest |s| over the channels in gray, "positive"
 * max(0, s) / max s in colour, "negative" max(0, -s) / -min s in colour. */
export type SaliencyKind = "absolute" | "positive" | "negative";

/** How a pixel map is drawn. */
export interface PixelRenderOptions {
  /** As a saliency picture; round mid-gray, as `deprocess` does it, unless given. */
  readonly kind?: SaliencyKind | undefined;
}

/** A value for every sample of the network's input: a gradient, or what a rule makes of it. */
export class PixelMap extends Rendered<PixelRenderOptions> {
  /** [height, width, channels], signed, in the units and the channel order of the network's input. */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** "bgr" where the network takes its channels in that order; only pictures are turned round. */
  readonly order: "rgb" | "bgr";

  /** "empty" is a map whose every value is 0. */
  constructor(
    values: Float32Array,
    options: Pick<PixelMap, "width" | "height" | "channels" | "order" | "provenance"> & {
      readonly notes?: readonly string[] | undefined;
    },
  ) {
    const [min, max] = extremes(values);
    super({ ...options, min, max, empty: min === 0 && max === 0 });
    this.values = values;
    this.width = options.width;
    this.height = options.height;
    this.channels = options.channels;
    this.order = options.order;
  }

  /** The values as a picture round mid-gray; see `deprocess`, to whose constant they are made large by dividing them by the
   * largest. One channel is repeated; of more than three, the first three are shown. With a `kind`, the saliency picture of
   * that kind.
   * @throws NonFiniteError if a value is NaN or infinite */
  override render({ kind }: PixelRenderOptions = {}): Image {
    if (kind) return this.saliency(kind);
    const { width, height, order } = this;
    const values = this.#threeChannels();
    const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return deprocess(most > 0 ? values.map((value) => value / most) : values, { width, height, order });
  }

  /** What stands out in `render`, over a picture: how far each pixel is from saying nothing, of which the strongest
   * hundredth is shown at full strength. */
  override overlay(image: Image, options: PixelRenderOptions & OverlayOptions = {}): Image {
    return overlay(image, strength(this.render(options), options.kind ? 0 : 127), options);
  }

  /** One value per pixel: the largest |s| over the channels, scaled to 0..1; all zeros where the map is empty.
   * @see Simonyan et al. 2014, section 3.1 */
  magnitude(): FloatMap {
    const { width, height, channels, values } = this;
    const data = new Float32Array(width * height);
    for (const [i, value] of values.entries()) {
      const pixel = Math.floor(i / channels);
      data[pixel] = Math.max(data[pixel] ?? 0, Math.abs(value));
    }
    const most = data.reduce((a, b) => Math.max(a, b), 0);
    return { width, height, data: most > 0 ? data.map((value) => value / most) : data };
  }

  /** A saliency picture of the network's extents, 3 channels, red first; black where there is nothing of this kind. */
  saliency(kind: SaliencyKind): Image {
    if (kind === "absolute") return colorize(this.magnitude(), "gray");
    const sign = kind === "positive" ? 1 : -1;
    const values = this.#threeChannels();
    const most = values.reduce((a, b) => Math.max(a, sign * b), 0);
    const data = Uint8Array.from(values, (value) => (most > 0 ? Math.max(0, (sign * value) / most) * 255 : 0));
    if (this.order === "bgr") for (let i = 0; i < data.length; i += 3) data.subarray(i, i + 3).reverse();
    return { width: this.width, height: this.height, channels: 3, data };
  }

  #threeChannels(): Float32Array {
    const { channels, values } = this;
    if (channels === 3) return values;
    return Float32Array.from({ length: this.width * this.height * 3 }, (_, i) => {
      const channel = channels === 1 ? 0 : i % 3;
      return channel < channels ? (values[Math.floor(i / 3) * channels + channel] ?? 0) : 0;
    });
  }
}

/** Share of the pixels of an attribution that are shown at full strength: few are far above all others. */
const fullStrength = 0.01;

/** How far each pixel of an attribution's picture is from saying nothing, 0..1.
 * @param nothing the sample that says nothing: black, or mid-gray */
function strength({ width, height, channels, data }: Image, nothing: number): FloatMap {
  const distances = new Float32Array(width * height);
  for (const [i, sample] of data.entries()) {
    const pixel = Math.floor(i / channels);
    distances[pixel] = Math.max(distances[pixel] ?? 0, Math.abs(sample - nothing));
  }
  const most = distances.toSorted()[Math.floor((1 - fullStrength) * (distances.length - 1))] || 1;
  return { width, height, data: distances.map((distance) => Math.min(1, distance / most)) };
}

function extremes(values: Float32Array): [min: number, max: number] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  return [min, max];
}
