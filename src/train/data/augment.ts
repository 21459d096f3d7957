import { ShapeError } from "../../errors.ts";
import { affineTransform, type Fill, flippedHorizontally } from "./affine.ts";
import type { Augment } from "./batches.ts";

/** By how much pictures are changed at most; nothing is changed unless given. */
export interface AugmentOptions {
  /** Degrees either way. */
  readonly rotation?: number;
  /** Share of the width, either way. */
  readonly widthShift?: number;
  /** Share of the height, either way. */
  readonly heightShift?: number;
  /** Degrees either way. */
  readonly shear?: number;
  /** Width and height are scaled by factors between 1 - zoom and 1 + zoom, each by its own. */
  readonly zoom?: number;
  /** Mirror every other picture. */
  readonly horizontalFlip?: boolean;
  /** What comes in from outside, in the numbers that the network takes; "nearest" unless given. */
  readonly fill?: Fill;
}

/** Changes pictures at random, as Keras' ImageDataGenerator does with options of these names; give it to `batches` as
 * `augment`. Its `rescale` is no augmentation, since validation needs it too: see `preprocess`.
 * @param inputShape [height, width, channels]
 * @throws ShapeError for an option that makes no sense */
export function augmentation(inputShape: readonly number[], options: AugmentOptions): Augment {
  const { rotation = 0, widthShift = 0, heightShift = 0, shear = 0, zoom = 0, horizontalFlip = false } = options;
  const [height = 1, width = 1] = inputShape;
  if (inputShape.length !== 3)
    throw new ShapeError(
      `augmentation: the input is [${inputShape.join(", ")}]; pictures are [height, width, channels].`,
    );
  for (const [name, value] of Object.entries({ rotation, widthShift, heightShift, shear, zoom }))
    if (!(value >= 0 && Number.isFinite(value)) || (name === "zoom" && value >= 1))
      throw new ShapeError(
        `augmentation: ${name} is ${value}; it must be at least 0${name === "zoom" ? " and below 1" : ""}.`,
      );
  const isStill = rotation + widthShift + heightShift + shear + zoom === 0;
  return ({ x, y }, random) => {
    // always seven numbers, so that an option does not change what the others do
    const upTo = (most: number) => most * (2 * random() - 1);
    const moves = {
      rotation: upTo(rotation),
      shiftX: upTo(widthShift) * width,
      shiftY: upTo(heightShift) * height,
      shear: upTo(shear),
      zoomX: 1 + upTo(zoom),
      zoomY: 1 + upTo(zoom),
    };
    const isFlipped = random() < 0.5 && horizontalFlip;
    const moved = isStill ? x : affineTransform(x, inputShape, { ...moves, fill: options.fill ?? "nearest" });
    return { x: isFlipped ? flippedHorizontally(moved, inputShape) : moved, y };
  };
}
