import { chain, type LayerClass, type LayerShape, only } from "../layer.ts";
import { asList, isWhole, refuse } from "../untrusted.ts";
import { identityStep } from "./identity.ts";

const pixelTypes = ["float32", "float64", "float16", "bfloat16", "uint8", "int32", "int64"];

/** The place where images enter. The values given are used as they are, whatever type Keras had for them. */
export const inputLayer: LayerClass = {
  className: "InputLayer",
  build(config) {
    config.choice("sparse", [false], false);
    config.choice("ragged", [false], false);
    config.choice("optional", [false], false);
    const dtype = config.raw("dtype") ?? "float32";
    if (typeof dtype === "string" && !pixelTypes.includes(dtype))
      config.unsupported("dtype", dtype, pixelTypes.join(", "));
    const shape = config.raw("batch_input_shape") ?? config.raw("batch_shape");
    const outputShape = readShape(shape, `${config.path}.batch_input_shape of ${config.title}`);
    return {
      weights: [],
      outputShape,
      call: (inputs, _weights, label) => chain(only(inputs, label), label, [identityStep]),
    };
  },
};

const mostAxes = 8;

/** A shape as a config writes it, batch first; the batch is left open. */
function readShape(value: unknown, path: string): LayerShape {
  const [, ...rest] = asList(value, path);
  const extents = rest.map((extent) => {
    if (extent !== null && !isWhole(extent, 1)) refuse(path, value, "a list of null and whole numbers of at least 1");
    return extent;
  });
  if (extents.length === 0 || extents.length >= mostAxes) refuse(path, value, `a shape of 2 to ${mostAxes} axes`);
  return [null, ...extents];
}
