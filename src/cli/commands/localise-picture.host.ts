import { join } from "node:path";
import imagenetClasses from "../../../weights/imagenet-classes.json" with { type: "json" };
import { BacklightError, NonFiniteError, UnknownNameError } from "../../errors.ts";
import type { LabelledBox } from "../../explain/localisation/box-files/box-file.ts";
import { energyPointing } from "../../explain/localisation/energy.ts";
import { bestIou } from "../../explain/localisation/iou.ts";
import { MaxBoxAcc } from "../../explain/localisation/max-box-acc.ts";
import { oquabRule } from "../../explain/localisation/oquab.ts";
import { pointingGame } from "../../explain/localisation/pointing.ts";
import { type Box, classLogit, type HeatMap, type Image, type Model, type Prediction, type Run } from "../../index.ts";
import { classIndex } from "../class-names.ts";
import { explainTarget, record } from "../explanation.ts";
import { readWhole } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import type { Annotated } from "./localise-data.host.ts";
import { type ClassLine, type ResultLine, storedMap } from "./localise-lines.ts";
import type { LocaliseSettings } from "./localise-settings.ts";

/** What turns annotated pictures into lines. */
export interface Localiser {
  readonly model: Model;
  readonly dir: string;
  readonly settings: LocaliseSettings;
  /** Indices of the classes that the box file names. */
  readonly classes: ReadonlyMap<string, number>;
  /** Takes each sentence about what had to be assumed. */
  readonly assume: (sentence: string) => void;
}

/** The classes that boxes name, as the model counts them.
 * @throws UnknownNameError for one that the model does not know */
export function classesOf(model: Model, annotated: readonly Annotated[], boxFile: string): Map<string, number> {
  const names = new Set(annotated.flatMap(({ boxes }) => boxes.map((box) => nameOf(box, boxFile))));
  return new Map([...names].map((name) => [name, indexOf(model, name, boxFile)]));
}

const elsewise = "With --target predicted, what the network finds most likely is explained, whatever the file says.";

function nameOf({ class: name }: LabelledBox, boxFile: string): string {
  if (name !== undefined) return name;
  throw new BacklightError(`${boxFile} does not say the class of each box. ${elsewise}`);
}

/** ImageNet's own files say WordNet numbers. */
function indexOf(model: Model, name: string, boxFile: string): number {
  const entries = imagenetClasses as unknown as readonly (readonly [id: string, name: string])[];
  const isImagenet = (model.outputShape.at(-1) ?? 0) === entries.length;
  const wordNet = isImagenet && /^n\d{8}$/.test(name) ? entries.findIndex(([id]) => id === name) : -1;
  if (wordNet >= 0) return wordNet;
  try {
    return classIndex(model, name);
  } catch (cause) {
    if (!(cause instanceof UnknownNameError)) throw cause;
    throw new UnknownNameError(`${boxFile}: ${cause.message} ${elsewise}`, { cause });
  }
}

/** Explains one picture and compares its maps with its boxes. What is wrong with the picture becomes its line; what would
 * be wrong with every picture is thrown. */
export async function localisePicture(localiser: Localiser, annotated: Annotated): Promise<ResultLine> {
  const { model, dir, settings, assume } = localiser;
  const { image: name } = annotated;
  let image: Image;
  try {
    image = await decodeFile(readWhole(join(dir, name), "the picture"), name, settings);
  } catch (error) {
    if (error instanceof BacklightError) return { image: name, error: error.message.replace(`${name}: `, "") };
    throw error;
  }
  const { x, assumptions } = imageInput(model, image, settings);
  assumptions.forEach(assume);
  try {
    const run = await record(model, x);
    try {
      return await lineOf(localiser, { run, image, annotated });
    } finally {
      run.dispose();
    }
  } catch (error) {
    if (error instanceof NonFiniteError) return { image: name, error: error.message };
    throw error;
  } finally {
    x.dispose();
  }
}

interface Recorded {
  readonly run: Run;
  readonly image: Image;
  readonly annotated: Annotated;
}

async function lineOf(localiser: Localiser, { run, image, annotated }: Recorded): Promise<ResultLine> {
  const { settings } = localiser;
  const early = settings.target === "predicted" ? firstOf(await run.predictions(1)) : undefined;
  const asked = early ? [{ index: early.index, boxes: annotated.boxes }] : byClass(localiser, annotated.boxes);
  const [top, ...maps] = await Promise.all([
    early ?? run.predictions(1).then(firstOf),
    ...asked.map(({ index }) => mapOf(run, settings, index)),
  ]);
  const results = asked.flatMap((one, i) => {
    const map = maps[i];
    return map ? [classLine(map, { ...one, image, threshold: settings.threshold, model: localiser.model })] : [];
  });
  const { index, probability, label } = top;
  const predicted = { index, probability, ...(label === undefined ? {} : { label }) };
  return { image: annotated.image, width: image.width, height: image.height, predicted, results };
}

function firstOf([first]: readonly Prediction[]): Prediction {
  return first ?? { index: 0, probability: 0, logit: 0 };
}

async function mapOf(run: Run, { method, layer }: LocaliseSettings, index: number): Promise<HeatMap> {
  const { results } = await explainTarget(run, {
    target: classLogit(index),
    methods: [method],
    lenient: false,
    // occlusion, RISE and FullGrad have no layer
    ...(layer === undefined ? {} : { layer }),
  });
  const [result] = results;
  if (result?.kind === "heat") return result.map;
  throw new BacklightError(`${method} gives no heat map, and so no box.`);
}

interface Explained {
  readonly class?: string;
  readonly index: number;
  readonly boxes: readonly Box[];
}

/** A question for each class that has boxes; names of one class are one. */
function byClass({ classes }: Localiser, boxes: readonly LabelledBox[]): Explained[] {
  const asked = new Map<number, { class: string; index: number; boxes: LabelledBox[] }>();
  for (const box of boxes) {
    const name = box.class ?? "";
    const index = classes.get(name) ?? 0;
    const known = asked.get(index);
    if (known) known.boxes.push(box);
    else asked.set(index, { class: name, index, boxes: [box] });
  }
  return [...asked.values()];
}

/** Methods whose definition has no ReLU: MaxBoxAcc sees their negative values too. */
const signed: ReadonlySet<string> = new Set(["cam", "occlusion"]);

function classLine(
  map: HeatMap,
  { image, threshold, model, ...asked }: Explained & { image: Image; threshold: number; model: Model },
): ClassLine {
  const size = { width: image.width, height: image.height };
  const boxes = asked.boxes.map(({ x0, y0, x1, y1 }) => ({ x0, y0, x1, y1 }));
  const sample = { map: map.heatmap(size), boxes };
  const box = map.box({ ...size, threshold });
  const label = model.classNames?.[asked.index];
  const { layer } = map.provenance;
  const rectified = { ...map.raw, data: map.raw.data.map((value) => Math.max(0, value)) };
  return {
    ...(asked.class === undefined ? {} : { class: asked.class }),
    index: asked.index,
    ...(label === undefined ? {} : { label }),
    ...(layer === undefined ? {} : { layer }),
    box: box ?? null,
    boxes,
    iou: bestIou(box, boxes),
    oquab: oquabRule().update(sample),
    pointing: pointingGame().update(sample),
    energy: energyPointing().update(sample),
    maxBoxAcc: new MaxBoxAcc().measure({ map: signed.has(map.provenance.method) ? map.raw : rectified, boxes, size }),
    map: storedMap(map.raw),
  };
}
