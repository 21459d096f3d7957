import { join } from "node:path";
import { BacklightError, NonFiniteError } from "../../errors.ts";
import type { LabelledBox } from "../../explain/localisation/box-files/box-file.ts";
import { energyPointing } from "../../explain/localisation/energy.ts";
import { bestIou } from "../../explain/localisation/iou.ts";
import { MaxBoxAcc } from "../../explain/localisation/max-box-acc.ts";
import { oquabRule } from "../../explain/localisation/oquab.ts";
import { pointingGame } from "../../explain/localisation/pointing.ts";
import {
  type Box,
  explain,
  type HeatMap,
  type Image,
  type Model,
  type Prediction,
  type Run,
  type Target,
  type Tensor,
} from "../../index.ts";
import { heatMapsOf } from "../explanation.ts";
import { readWhole } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import { type Annotated, grouped } from "./localise-data.host.ts";
import { type BadLine, type ClassLine, type ResultLine, storedMap } from "./localise-lines.ts";
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

/** A picture as the model takes it. */
interface Opened {
  readonly annotated: Annotated;
  readonly image: Image;
  /** [1, h, w, c] */
  readonly x: Tensor;
}

/** Explains pictures, those of one size at once, and compares their maps with their boxes. What is wrong with a picture
 * becomes its line; what would be wrong with every picture is thrown.
 * @returns a line for each picture, in their order */
export async function localisePictures(localiser: Localiser, list: readonly Annotated[]): Promise<ResultLine[]> {
  const lines = new Map<string, ResultLine>();
  const opened: Opened[] = [];
  try {
    for (const annotated of list) {
      const one = await open(localiser, annotated);
      if ("error" in one) lines.set(one.image, one);
      else opened.push(one);
    }
    // a model without a size of its own takes each picture in its own
    for (const group of grouped(opened, ({ x }) => x.shape.join()).values())
      for (const line of await explained(localiser, group)) lines.set(line.image, line);
  } finally {
    for (const { x } of opened) x.dispose();
  }
  return list.flatMap(({ image }) => lines.get(image) ?? []);
}

async function open({ model, dir, settings, assume }: Localiser, annotated: Annotated): Promise<Opened | BadLine> {
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
  return { annotated, image, x };
}

/** Explains pictures at once, and where a number is not finite, one by one: it is one picture's fault. */
async function explained(localiser: Localiser, group: readonly Opened[]): Promise<ResultLine[]> {
  const tensors = group.map(({ x }) => x);
  try {
    using run = explain(localiser.model, tensors);
    return await linesOf(localiser, run, group);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const [one, ...others] = group;
    if (one && others.length === 0) return [{ image: one.annotated.image, error: error.message }];
    const lines: ResultLine[] = [];
    for (const each of group) lines.push(...(await explained(localiser, [each])));
    return lines;
  }
}

async function linesOf(localiser: Localiser, run: Run<true>, group: readonly Opened[]): Promise<ResultLine[]> {
  const { settings, model } = localiser;
  const early = settings.target === "predicted" ? await run.predictions(1) : undefined;
  const asked = group.map(({ annotated: { boxes } }, i) =>
    early ? [{ index: firstOf(early[i]).index, boxes }] : byClass(localiser, boxes),
  );
  const answers = [early ?? run.predictions(1), mapsOf(run, settings, asked)] as const;
  // neither may go on reading what a failure of the other frees
  await Promise.allSettled(answers);
  const [tops, found] = await Promise.all(answers);
  return group.map(({ annotated, image }, i): ResultLine => {
    const { index, probability, label } = firstOf(tops[i]);
    const predicted = { index, probability, ...(label === undefined ? {} : { label }) };
    const results = (asked[i] ?? []).flatMap((one, place) => {
      const map = found[place]?.[i];
      return map ? [classLine(map, { ...one, image, threshold: settings.threshold, model })] : [];
    });
    return { image: annotated.image, width: image.width, height: image.height, predicted, results };
  });
}

function firstOf([first]: readonly Prediction[] = []): Prediction {
  return first ?? { index: 0, probability: 0, logit: 0 };
}

/** The first classes of all pictures, then the second, and so on; a picture with fewer is asked for its last again.
 * @returns for each place in the pictures' lists, a map of each picture */
async function mapsOf(
  run: Run<true>,
  { method, layer }: LocaliseSettings,
  asked: readonly (readonly Explained[])[],
): Promise<HeatMap[][]> {
  const most = Math.max(...asked.map(({ length }) => length));
  const places = Array.from({ length: most }, (_, place) =>
    asked.map((classes) => (classes[place] ?? classes.at(-1))?.index ?? 0),
  );
  // occlusion, RISE and FullGrad have no layer
  const where = layer === undefined ? {} : { layer };
  const maps = places.map((indices) => heatMapsOf(run, method, { target: classOfEach(indices), ...where }));
  await Promise.allSettled(maps);
  return await Promise.all(maps);
}

/** The logit of another class for each picture. */
function classOfEach(indices: readonly number[]): Target {
  return {
    name: `logit of class ${indices.join(", ")}`,
    of: ({ logits }) => {
      const classes = logits.shape.at(-1) ?? 1;
      const seed = new Float32Array(logits.size);
      for (let row = 0; row * classes < seed.length; row++)
        seed[row * classes + (indices[row % indices.length] ?? 0)] = 1;
      return { y: logits, seed: logits.engine.tensor(seed, logits.shape) };
    },
  };
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
