import { classLogit } from "../../explain/targets.ts";
import {
  type ContactSheetItem,
  contactSheet,
  explain,
  type HeatMap,
  type Image,
  type Model,
  type Run,
} from "../../index.ts";
import type { Sample } from "../../train/data/dataset.ts";
import { shownImage } from "../pictures.ts";

/** A digit of the test, and what it is. */
export interface Shown {
  readonly digit: number;
  readonly sample: Sample;
}

/** For each digit a row: the picture, CAM where the network has it, and the Grad-CAM of every convolution, all of that
 * digit's class. */
export async function classSheet(model: Model, digits: readonly Shown[]): Promise<Image> {
  const rows: ContactSheetItem[][] = [];
  for (const one of digits) rows.push(await rowOf(model, one));
  return contactSheet(rows.flat(), { columns: Math.max(...rows.map((row) => row.length)), title: titleOf(model) });
}

function titleOf({ name }: Model): string {
  return `${name}: evidence for the digit`;
}

async function rowOf(model: Model, { digit, sample }: Shown): Promise<ContactSheetItem[]> {
  using x = model.engine.tensor(sample.x, [1, 28, 28, 1]);
  using run = explain(model, x);
  const maps = await mapsOf(run, digit);
  const [best] = await run.predictions(1);
  const image = shownImage(pictureOf(sample));
  const seen = best ? `seen as ${best.label ?? best.index}\n${(100 * best.probability).toFixed(1)} %` : "";
  return [
    { image, label: `digit ${digit}\n${seen}` },
    ...maps.map((map) => ({ image: map.overlay(image), label: labelOf(map) })),
  ];
}

async function mapsOf(run: Run, digit: number): Promise<HeatMap[]> {
  const target = classLogit(digit);
  const convolutions = run.model.layers.filter(({ className }) => className === "Conv2D");
  const pooled = run.model.layers.some(({ className }) => className === "GlobalAveragePooling2D");
  return await Promise.all([
    ...(pooled ? [run.cam({ target })] : []),
    ...convolutions.map(({ name }) => run.gradCam({ target, layer: name })),
  ]);
}

function labelOf({ provenance, raw, empty }: HeatMap): string {
  const size = `${raw.width} x ${raw.height}${empty ? ", empty" : ""}`;
  return [provenance.method === "cam" ? "CAM" : "Grad-CAM", provenance.layer ?? "", size].join("\n");
}

/** The samples 0..255 that the values 0..1 came from. */
function pictureOf({ x }: Sample): Image {
  return { width: 28, height: 28, channels: 1, data: Uint8Array.from(x, (value) => Math.round(255 * value)) };
}
