import {
  type Box,
  type ContactSheetItem,
  colorize,
  contactSheet,
  drawBox,
  drawText,
  encodeApng,
  encodePng,
  type HeatMap,
  type Image,
  type MapResizeMethod,
  overlay,
  type PixelMap,
  type Provenance,
  paste,
  type Rgb,
  resizeImage,
  type Size,
  solid,
} from "../index.ts";
import type { Result } from "./explanation.ts";
import { type MethodName, methodTitle } from "./methods.ts";

export interface Display {
  readonly resize: MapResizeMethod;
  readonly relu: "before" | "after" | "none";
  readonly box: boolean;
}

/** One file to be written, and what is said about it. */
export interface Picture {
  readonly file: string;
  readonly title: string;
  readonly method: MethodName;
  /** "overlay" lies on the picture, "bare" stands alone. */
  readonly form: "overlay" | "bare" | "sheet" | "animation";
  readonly bytes: Uint8Array;
  /** Small, for the contact sheet; undefined for what does not belong there. */
  readonly thumbnail?: Image;
  readonly provenance: Provenance;
  /** Extremes of the values before they became a picture. */
  readonly min: number;
  readonly max: number;
  /** No evidence at all: the picture shows nothing. */
  readonly empty: boolean;
  /** What a reader must know of it. */
  readonly notes: readonly string[];
  readonly box?: Box;
}

/** Of the longer side, in pixels. */
export const longestThumbnail = 256;
/** A sweep has a frame for each of a hundred layers and more. */
const longestFrame = 120;
/** Pictures larger than this are shown reduced: a heat map has no more detail than its layer. */
const longestShown = 1024;
/** Digits and icons are smaller: nobody could see anything. */
const shortestShown = 160;
const boxColour: Rgb = [255, 255, 255];

/** The picture that heat maps are laid over; a tiny one is enlarged with its pixels left visible. */
export function shownImage(image: Image): Image {
  const longest = Math.max(image.width, image.height);
  if (longest >= shortestShown) return fitted(image, longestShown);
  const factor = Math.ceil(shortestShown / longest);
  return resizeImage(image, { width: image.width * factor, height: image.height * factor, method: "nearest" });
}

/** Draws one result in all its forms.
 * @param prefix begins the files' names */
export async function draw(result: Result, o: { image: Image; prefix: string; display: Display }): Promise<Picture[]> {
  if (result.kind === "heat") return await heatPictures(result.map, { ...o, method: result.method });
  if (result.kind === "sweep") return await sweepPictures(result.maps, o);
  return await pixelPictures(result, o);
}

async function pixelPictures(
  { map, method, saliency }: Extract<Result, { kind: "pixels" }>,
  { image, prefix }: { image: Image; prefix: string },
): Promise<Picture[]> {
  const bare = map.render({ kind: saliency });
  const laid = map.overlay(image, { kind: saliency });
  const common = facts(map, prefix, method);
  return [
    {
      ...common,
      file: `${prefix}-${method}-overlay.png`,
      form: "overlay",
      bytes: await encodePng(laid),
      thumbnail: fitted(laid, longestThumbnail),
    },
    { ...common, form: "bare", bytes: await encodePng(bare), thumbnail: asThumbnail(bare, image) },
  ];
}

async function heatPictures(
  map: HeatMap,
  { image, prefix, display, method }: { image: Image; prefix: string; display: Display; method: MethodName },
): Promise<Picture[]> {
  const { resize, relu } = display;
  const size = { width: image.width, height: image.height };
  const heat = map.heatmap({ ...size, resize, relu });
  const box = display.box ? map.box({ ...size, resize, relu: relu === "none" ? "before" : relu }) : undefined;
  const laid = overlay(image, heat);
  const boxed = box ? drawBox(laid, box, boxColour) : laid;
  const bare = colorize(heat, "jet");
  const common = { ...facts(map, prefix, method), ...(box ? { box } : {}) };
  return [
    {
      ...common,
      file: `${prefix}-${method}-overlay.png`,
      form: "overlay",
      bytes: await encodePng(boxed),
      thumbnail: fitted(boxed, longestThumbnail),
    },
    { ...common, form: "bare", bytes: await encodePng(bare), thumbnail: fitted(bare, longestThumbnail) },
  ];
}

function facts(map: HeatMap | PixelMap, prefix: string, method: MethodName) {
  const { provenance, empty, min, max, notes } = map;
  return { file: `${prefix}-${method}.png`, title: methodTitle(method), method, provenance, min, max, empty, notes };
}

/** All layers on one sheet, and one after another as an animation. */
async function sweepPictures(
  maps: readonly HeatMap[],
  { image, prefix, display }: { image: Image; prefix: string; display: Display },
): Promise<Picture[]> {
  const first = maps[0];
  if (!first) return [];
  const small = fitted(image, longestFrame);
  const { width, height } = small;
  const frames = maps.map((map) => {
    const heat = map.heatmap({ width, height, resize: display.resize, relu: display.relu });
    const { width: w, height: h } = map.raw;
    const label = [...nameLines(map.provenance.layer ?? ""), `${w} x ${h}`, ...(map.empty ? ["empty"] : [])];
    return { image: overlay(small, heat), label: label.join("\n") };
  });
  const columns = Math.min(12, maps.length);
  const title = `Grad-CAM at every layer: ${first.provenance.target}`;
  const common = {
    title: methodTitle("sweep"),
    method: "sweep" as const,
    provenance: withoutLayer(first.provenance),
    min: Math.min(...maps.map(({ min }) => min)),
    max: Math.max(...maps.map(({ max }) => max)),
    empty: maps.every(({ empty }) => empty),
    notes: [...new Set(maps.flatMap(({ notes }) => notes))],
  };
  const sheet = await encodePng(contactSheet(frames, { columns, title }));
  const animation = await encodeApng(frames.map(captioned), { delayMs: 250 });
  return [
    { ...common, file: `${prefix}-sweep.png`, form: "sheet", bytes: sheet },
    { ...common, file: `${prefix}-sweep-animation.png`, form: "animation", bytes: animation },
  ];
}

function withoutLayer({ layer: _layer, ...rest }: Provenance): Provenance {
  return rest;
}

const captionLines = 4;
/** Letters that fit under a frame. */
const captionWidth = longestFrame / 12;
const captionLineHeight = 18;

/** A frame of the animation: the picture over a caption that has the same height in every frame. */
function captioned({ image, label }: ContactSheetItem): Image {
  const height = image.height + captionLines * captionLineHeight + 4;
  const frame = solid({ width: image.width, height }, [255, 255, 255]);
  paste(frame, image, { x: 0, y: 0 });
  for (const [i, line] of label.split("\n").slice(0, captionLines).entries())
    drawText(frame, line, { x: 0, y: image.height + 4 + captionLineHeight * i, color: [20, 20, 20] });
  return frame;
}

/** A layer's name in lines that fit under a frame, broken after underlines and slashes where it can be. */
function nameLines(name: string): string[] {
  const lines: string[] = [];
  for (const part of name.match(new RegExp(`[^_/]{0,${captionWidth - 1}}[_/]|[^_/]{1,${captionWidth}}`, "g")) ?? []) {
    const longer = `${lines.at(-1) ?? ""}${part}`;
    if (lines.length > 0 && longer.length <= captionWidth) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** Everything on one sheet. Each part begins a row, with the picture in front, so that parts stand under each other. */
export function overview(
  image: Image,
  parts: readonly { readonly title: string; readonly pictures: readonly Picture[] }[],
  title: string,
): Image {
  const picture: ContactSheetItem = { image: fitted(image, longestThumbnail), label: "picture" };
  const rows = parts.map((part) => [picture, ...part.pictures.flatMap((one) => sheetItem(one, part.title))]);
  const longest = Math.max(1, ...rows.map((row) => row.length));
  const columns = Math.ceil(longest / Math.ceil(longest / mostColumns));
  return contactSheet(
    rows.flatMap((row) => filled(row, columns)),
    { columns, title },
  );
}

const mostColumns = 9;
const blank: ContactSheetItem = { image: solid({ width: 1, height: 1 }, [255, 255, 255]), label: "" };

function sheetItem({ thumbnail, title, form, empty }: Picture, about: string): ContactSheetItem[] {
  const label = `${title}${form === "overlay" ? ", overlay" : ""}${empty ? " (empty)" : ""}\n${about}`;
  return thumbnail ? [{ image: thumbnail, label }] : [];
}

/** With blanks up to the end of the row. */
function filled(items: readonly ContactSheetItem[], columns: number): ContactSheetItem[] {
  const missing = Math.ceil(items.length / columns) * columns - items.length;
  return [...items, ...Array.from({ length: missing }, () => blank)];
}

/** A pixel map has the network's extents; beside the others it is shown in the picture's. */
function asThumbnail(image: Image, like: Size): Image {
  const { width, height } = sizeWithin(like, longestThumbnail);
  return resizeImage(image, { width, height, method: image.width < width ? "nearest" : "bilinear" });
}

/** As large as it is, or smaller. */
export function fitted(image: Image, longest: number): Image {
  const size = sizeWithin(image, longest);
  return size.width === image.width ? image : resizeImage(image, { ...size, method: "bicubic" });
}

/** The largest size of the same shape whose sides are at most `longest`; never larger than it was. */
function sizeWithin({ width, height }: Size, longest: number): Size {
  const factor = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}
