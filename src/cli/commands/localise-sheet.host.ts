import { join } from "node:path";
import { BacklightError } from "../../errors.ts";
import {
  type Box,
  drawBox,
  encodePng,
  type Image,
  normalizeMap,
  overlay,
  type Rgb,
  resizeImage,
  resizeMap,
} from "../../index.ts";
import { readWhole } from "../files.host.ts";
import { decodeFile } from "../input.ts";
import { type ClassLine, isGood, type ResultLine, restoredMap } from "./localise-lines.ts";

/** One map over its picture, with the box that it gives and those that are true. */
export interface SheetPicture {
  readonly title: string;
  readonly text: string;
  /** Undefined where the picture is not on this machine. */
  readonly png?: Uint8Array;
}

export interface Sheet {
  readonly best: readonly SheetPicture[];
  readonly worst: readonly SheetPicture[];
}

const countOfEach = 6;
const longest = 256;
const [predictedColour, trueColour]: readonly [Rgb, Rgb] = [
  [255, 255, 255],
  [60, 230, 90],
];

interface Ranked {
  readonly image: string;
  readonly result: ClassLine;
}

/** The maps that localise best and worst by their IoU; no map is in both rows. */
export async function drawSheet(
  lines: readonly ResultLine[],
  { dir, orient }: { readonly dir: string; readonly orient: boolean },
): Promise<Sheet> {
  const all = lines
    .filter(isGood)
    .flatMap(({ image, results }) => results.map((result): Ranked => ({ image, result })));
  const ranked = all.sort((a, b) => b.result.iou - a.result.iou || (a.image < b.image ? -1 : 1));
  const count = Math.min(countOfEach, Math.ceil(ranked.length / 2));
  const draw = async (rows: readonly Ranked[]) => {
    const pictures: SheetPicture[] = [];
    for (const row of rows) pictures.push(await drawRow(row, { dir, orient }));
    return pictures;
  };
  const worst = ranked.slice(Math.max(count, ranked.length - count)).reverse();
  return { best: await draw(ranked.slice(0, count)), worst: await draw(worst) };
}

async function drawRow({ image: name, result }: Ranked, from: { dir: string; orient: boolean }): Promise<SheetPicture> {
  const { index, label, box, iou } = result;
  const text = `${label ?? result.class ?? "class"} (${index}), IoU ${iou.toFixed(2)}${box ? "" : ", empty map"}`;
  const path = join(from.dir, name);
  try {
    const image = await decodeFile(readWhole(path, "the picture"), path, from);
    return { title: name, text, png: await encodePng(drawn(image, result)) };
  } catch (error) {
    // the parts of a merge may have been made elsewhere
    if (error instanceof BacklightError) return { title: name, text };
    throw error;
  }
}

function drawn(image: Image, { map, box, boxes }: ClassLine): Image {
  const factor = longest / Math.max(image.width, image.height);
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * factor))) as [
    number,
    number,
  ];
  const small = resizeImage(image, { width, height, method: factor < 1 ? "bicubic" : "nearest" });
  const raw = restoredMap(map);
  const positive = { ...raw, data: raw.data.map((value) => Math.max(0, value)) };
  const heat = normalizeMap(resizeMap(positive, { width, height, method: "half-pixel" })).map;
  const scaled = ({ x0, y0, x1, y1 }: Box): Box => ({
    x0: Math.floor(x0 * factor),
    y0: Math.floor(y0 * factor),
    x1: Math.min(width - 1, Math.ceil((x1 + 1) * factor) - 1),
    y1: Math.min(height - 1, Math.ceil((y1 + 1) * factor) - 1),
  });
  const truth = boxes.reduce((canvas, one) => drawBox(canvas, scaled(one), trueColour), overlay(small, heat));
  return box ? drawBox(truth, scaled(box), predictedColour) : truth;
}
