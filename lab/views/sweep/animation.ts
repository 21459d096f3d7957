import {
  type ColormapName,
  drawText,
  encodeApng,
  type HeatMap,
  type Image,
  paste,
  resizeImage,
  solid,
} from "../../../src/index.ts";

const width = 320;
/** Below the picture, for the layer's number and name. */
const captionHeight = 24;

/** An animated PNG of the maps over their picture, with the layers' names. */
export function animationOf(maps: readonly HeatMap[], picture: Image, colormap: ColormapName): Promise<Uint8Array> {
  const height = Math.max(1, Math.round((picture.height * width) / picture.width));
  const small = resizeImage(picture, { width, height, method: "bilinear" });
  const frames = maps.map((map, i) => {
    const frame = solid({ width, height: height + captionHeight }, [255, 255, 255]);
    paste(frame, map.overlay(small, { colormap }), { x: 0, y: 0 });
    drawText(frame, `${i + 1} ${map.provenance.layer ?? ""}`, { x: 4, y: height + 4, color: [0, 0, 0] });
    return frame;
  });
  return encodeApng(frames, { delayMs: 400 });
}
