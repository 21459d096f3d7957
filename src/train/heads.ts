import { atLeastOne } from "../at-least-one.ts";
import { UnsupportedLayerError } from "../errors.ts";
import type { Layer } from "../nn/graph.ts";
import type { Model } from "../nn/model.ts";
import type { JsonObject } from "../nn/untrusted.ts";
import type { Seed } from "../random.ts";
import { type AddedLayer, featureLayer, graft, positionsOf } from "./graft.ts";

/** How feature maps become one number each: their mean, their maximum, or the smooth maximum between the two,
 * log(mean(exp(r x))) / r (Pinheiro and Collobert 2015, eq. 6); or all their values as they are. */
export const headNames = ["gap", "gmp", "lse", "flatten"] as const;

export type HeadName = (typeof headNames)[number];

/** What a network gets in place of its classifier. */
export interface HeadOptions {
  readonly head: HeadName;
  /** Outputs. */
  readonly classes: number;
  /** The layer whose output the head takes; the last feature maps of more than one position unless given. */
  readonly from?: string | undefined;
  /** "softmax" (default) for one class of many, "sigmoid" for several at once. */
  readonly activation?: "softmax" | "sigmoid";
  /** Units of a dense layer with ReLU before the last; none unless given. With it CAM is not defined. */
  readonly units?: number | undefined;
  /** r of "lse": near 0 it is the mean, large the maximum; 5 unless given. */
  readonly sharpness?: number;
  /** Of the new layers' weights; 0 unless given. */
  readonly seed?: Seed;
}

const defaultSharpness = 5;

/** A new model of the network's layers up to its feature maps, with copies of their weights, and a new classifier whose
 * weights are drawn by Keras' initialisers: pooling and a dense layer, so that CAM is defined ("gap", "gmp"), or a dense
 * layer over everything ("flatten"). `preprocessing` is taken over, class names are not.
 *
 * Its config is Keras' own, so that a saved one opens there; that of "lse" has an operation, which Keras 3 reads.
 * @throws ShapeError for numbers that make no sense; UnsupportedLayerError for a layer without feature maps, for "flatten"
 *         of open extents, and for models nested in the model; UnknownNameError for `from`
 * @see    Lin et al. 2014 and Zhou et al. 2016 for "gap"; Oquab et al. 2015 for "gmp" */
export function withHead(model: Model, options: HeadOptions): Model {
  const { head, classes, activation = "softmax", units, seed = 0 } = options;
  atLeastOne("withHead: classes", classes);
  if (units !== undefined) atLeastOne("withHead: units", units);
  const from = featureLayer(model, options.from);
  const hidden = units === undefined ? [] : [dense("hidden", units, "relu")];
  const links = [...pooling(from, options), ...hidden, dense("scores", classes, activation)];
  const added = links.map((link, i): AddedLayer => ({ ...link, input: links[i - 1]?.name ?? from.name }));
  return graft(model, { from, added, outputs: ["head_scores"], suffix: head, seed });
}

type Link = Omit<AddedLayer, "input">;

function pooling(
  { name, outputShape, channelsFirst }: Layer,
  { head, sharpness = defaultSharpness }: HeadOptions,
): Link[] {
  const order = channelsFirst ? { data_format: "channels_first" } : {};
  if (head === "gap") return [link("GlobalAveragePooling2D", "pool", order)];
  if (head === "gmp") return [link("GlobalMaxPooling2D", "pool", order)];
  if (head === "lse") {
    const positions = positionsOf(outputShape) ?? 1;
    const axis = channelsFirst ? [2, 3] : [1, 2];
    return [
      link("Rescaling", "sharpen", { scale: sharpness, offset: 0 }),
      {
        ...link("Logsumexp", "pool", { axis, keepdims: false }),
        operation: { module: "keras.src.ops.math", inputShape: outputShape },
      },
      link("Rescaling", "soften", { scale: 1 / sharpness, offset: -Math.log(positions) / sharpness }),
    ];
  }
  if (positionsOf(outputShape) === undefined)
    throw new UnsupportedLayerError(
      `withHead: "${name}" takes pictures of any size, and a dense layer over all its values one size. ` +
        'Take a pooling head ("gap", "gmp", "lse"), or build the model for one size.',
    );
  return [link("Flatten", "pool", order)];
}

function dense(name: string, units: number, activation: string): Link {
  return link("Dense", name, { units, activation });
}

function link(className: string, name: string, options: JsonObject): Link {
  return { className, name: `head_${name}`, options };
}
