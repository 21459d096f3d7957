import { ShapeError } from "../../errors.ts";
import type { LayerShape } from "../layer.ts";
import { imageShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";

/** What convolution and pooling share: a window that slides over height and width. */
export interface Window {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: "same" | "valid";
}

/** Height and width after the window; null stays null. */
export function slide(shape: LayerShape, window: Window, config: LayerConfig): [number | null, number | null] {
  const [, height, width] = imageShape(shape, config.title);
  return [along(height, 0, window, config), along(width, 1, window, config)];
}

function along(extent: number | null, axis: 0 | 1, window: Window, config: LayerConfig): number | null {
  if (extent === null) return null;
  const stride = window.stride[axis];
  if (window.padding === "same") return Math.ceil(extent / stride);
  const reach = window.dilation[axis] * (window.size[axis] - 1) + 1;
  if (extent < reach)
    throw new ShapeError(
      `${config.title}: its window reaches over ${reach} pixels but the input has ${extent} along ${axis === 0 ? "height" : "width"}. ` +
        "Give the model a larger input, or use padding same.",
    );
  return Math.floor((extent - reach) / stride) + 1;
}
