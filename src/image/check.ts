import { nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { FloatMap, Image, Size } from "./types.ts";

/** Refuses a size that is not made of whole positive numbers; `what` names the argument in the message. */
export function checkSize(what: string, size: Size): void {
  for (const side of ["width", "height"] as const) {
    if (!Number.isInteger(size[side]) || size[side] < 1) {
      throw new ShapeError(`${what}: ${side} is ${size[side]}, but it must be a whole number of at least 1.`);
    }
  }
}

/** Refuses an image whose data does not hold width x height x channels samples. */
export function checkImage(what: string, image: Image): void {
  checkSize(what, image);
  const wanted = image.width * image.height * image.channels;
  if (image.data.length !== wanted) {
    const shape = `${image.width}x${image.height}x${image.channels}`;
    throw new ShapeError(`${what}: the image says ${shape} = ${wanted} samples but holds ${image.data.length}.`);
  }
}

/** Refuses a map whose data does not hold width x height values. */
export function checkMap(what: string, map: FloatMap): void {
  checkSize(what, map);
  const wanted = map.width * map.height;
  if (map.data.length !== wanted) {
    const shape = `${map.width}x${map.height}`;
    throw new ShapeError(`${what}: the map says ${shape} = ${wanted} values but holds ${map.data.length}.`);
  }
}

/** The error for a name that does not exist, which callers without types can ask for; `what` says of what it is the name,
 * as in "resizeMap: no method". */
export function unknownName(what: string, name: string, known: readonly string[]): UnknownNameError {
  const guess = nearest(name, known);
  const hint = guess ? ` Did you mean "${guess}"?` : "";
  return new UnknownNameError(`${what} "${name}"; there are ${known.join(", ")}.${hint}`);
}
