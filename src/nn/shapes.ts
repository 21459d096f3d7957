import type { LayerShape } from "./layer.ts";

/** How many elements these extents have together; null where one is open. */
export function elements(extents: LayerShape): number | null {
  return extents.reduce<number | null>((all, one) => (all === null || one === null ? null : all * one), 1);
}

/** NumPy's broadcasting of two shapes of one rank; undefined where they do not fit. */
export function broadcastShapes(a: LayerShape, b: LayerShape): LayerShape | undefined {
  const fits = a.every((extent, i) => {
    const other = b[i] ?? null;
    return extent === other || extent === null || other === null || extent === 1 || other === 1;
  });
  if (a.length !== b.length || !fits) return undefined;
  return a.map((extent, i) => {
    const other = b[i] ?? null;
    if (extent === 1) return other;
    return other === 1 ? extent : (extent ?? other);
  });
}

/** The shape of two arrays side by side along an axis; undefined where they differ elsewhere. */
export function joinShapes(a: LayerShape, b: LayerShape, axis: number): LayerShape | undefined {
  const fits = a.every((extent, i) => i === axis || extent === null || b[i] === null || extent === b[i]);
  if (a.length !== b.length || !fits) return undefined;
  return a.map((extent, i) => {
    const other = b[i] ?? null;
    if (i !== axis) return extent ?? other;
    return extent === null || other === null ? null : extent + other;
  });
}
