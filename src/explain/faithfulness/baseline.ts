import { ShapeError } from "../../errors.ts";
import type { Size } from "../../image/types.ts";

/** What stands in a pixel that was taken away: "blur" the picture blurred as in Petsiuk et al. 2018, "mean" the
 * picture's mean colour, a number for every sample, or samples [height, width, channels]; numbers in the units of the
 * network's input, where 0 often is the mean colour of all pictures. */
export type BlankPicture = "blur" | "mean" | number | Float32Array;

/** Samples of a network's input, [height, width, channels]. */
export interface Samples extends Size {
  readonly channels: number;
  readonly values: Float32Array;
}

/** @throws ShapeError if an array does not fit the picture */
export function baselineOf(picture: Samples, baseline: BlankPicture): Float32Array {
  const { values } = picture;
  if (baseline === "blur") return blurred(picture);
  if (baseline === "mean") return meanColour(picture);
  if (typeof baseline === "number") return new Float32Array(values.length).fill(baseline);
  if (baseline.length === values.length) return baseline;
  throw new ShapeError(
    `baseline: ${baseline.length} samples given, but the input has ${picture.height} x ${picture.width} x ` +
      `${picture.channels} = ${values.length}.`,
  );
}

function meanColour({ values, channels }: Samples): Float32Array {
  const means = Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < values.length; i += channels) sum += values[i] ?? 0;
    return (sum * channels) / values.length;
  });
  return values.map((_, i) => means[i % channels] ?? 0);
}

const BLUR_SIZE = 11;
const BLUR_SIGMA = 5;

/** A Gaussian of standard deviation 5 cut off to 11 x 11 pixels and reflected where it was cut, as the authors' code
 * makes it; outside the picture everything is 0, as in their convolution.
 * @see Petsiuk et al. 2018 */
function blurred({ values, width, height, channels }: Samples): Float32Array {
  const kernel = reflectedGaussian(BLUR_SIZE, BLUR_SIGMA);
  const row = width * channels;
  const wide = convolved(values, kernel, { step: channels, count: width, of: (i) => Math.floor(i / channels) % width });
  return convolved(wide, kernel, { step: row, count: height, of: (i) => Math.floor(i / row) });
}

/** A one-dimensional convolution with zeros outside.
 * @param axis how far apart neighbours are, how many positions there are, and the position of an element */
function convolved(
  values: Float32Array,
  kernel: readonly number[],
  axis: { step: number; count: number; of: (i: number) => number },
): Float32Array {
  const middle = (kernel.length - 1) / 2;
  return values.map((_, i) => {
    const at = axis.of(i);
    let sum = 0;
    for (const [k, weight] of kernel.entries()) {
      const offset = k - middle;
      if (at + offset >= 0 && at + offset < axis.count) sum += weight * (values[i + offset * axis.step] ?? 0);
    }
    return sum;
  });
}

/** What a Gaussian filter of radius 4 sigma makes of a single 1 in the middle of `size` zeros with mirrored borders. */
function reflectedGaussian(size: number, sigma: number): number[] {
  const radius = Math.round(4 * sigma);
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const weight = (offset: number) => Math.exp((-0.5 * offset * offset) / (sigma * sigma));
  const total = offsets.reduce((sum, offset) => sum + weight(offset), 0);
  const middle = (size - 1) / 2;
  return Array.from({ length: size }, (_, at) =>
    offsets.reduce((sum, o) => sum + (mirrored(at + o, size) === middle ? weight(o) / total : 0), 0),
  );
}

/** The position that a position outside 0..size-1 mirrors, the border's own value being repeated. */
function mirrored(position: number, size: number): number {
  const within = ((position % (2 * size)) + 2 * size) % (2 * size);
  return within < size ? within : 2 * size - 1 - within;
}
