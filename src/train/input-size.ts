import { ShapeError, UnsupportedLayerError } from "../errors.ts";
import type { Size } from "../image/types.ts";
import type { Layer } from "../nn/graph.ts";
import type { Model } from "../nn/model.ts";
import { featureLayer, graft, positionsOf } from "./graft.ts";

/** The network up to its feature maps, with copies of their weights, for pictures of another size: what `withHead` puts a
 * head on. Layers behind the feature maps are left out, since they fit one size only.
 * @throws ShapeError for a size at which the feature maps have one position or none; UnsupportedLayerError for a network
 *         without feature maps, with several inputs, or with models nested in it */
export function withInputSize(model: Model, { height, width }: Size): Model {
  const from = featureLayer(model, undefined);
  if (model.inputNames.length !== 1 || model.inputShape.length !== 4)
    throw new UnsupportedLayerError(
      `withInputSize: model "${model.name}" does not take one picture; its inputs are ${model.inputNames.join(", ")}.`,
    );
  const sized = built(model, { from, size: { height, width } });
  const maps = sized.layer(from.name).outputShape;
  if ((positionsOf(maps) ?? 2) > 1) return sized;
  sized.dispose();
  throw tooSmall(model, { from, size: { height, width } });
}

interface Wanted {
  readonly from: Layer;
  readonly size: Size;
}

function built(model: Model, { from, size }: Wanted): Model {
  try {
    const outputs = [from.name];
    return graft(model, { from, added: [], outputs, seed: 0, inputSize: size });
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    throw tooSmall(model, { from, size }, cause);
  }
}

function tooSmall({ name, inputShape }: Model, { from, size }: Wanted, cause?: unknown): ShapeError {
  const own = inputShape[1] && inputShape[2] ? ` Its own size is ${inputShape[1]} x ${inputShape[2]}.` : "";
  return new ShapeError(
    `pictures of ${size.height} x ${size.width} are too small for model "${name}": at "${from.name}" no feature maps of ` +
      `more than one position are left. Take larger ones.${own}`,
    { cause },
  );
}
