import imagenetClasses from "../../../weights/imagenet-classes.json" with { type: "json" };
import { BacklightError, UnknownNameError } from "../../errors.ts";
import type { LabelledBox } from "../../explain/localisation/box-files/box-file.ts";
import { readClassMap } from "../../explain/localisation/box-files/class-map.ts";
import type { Model } from "../../index.ts";
import { classIndex } from "../class-names.ts";
import { readText } from "../files.host.ts";
import type { Annotated } from "./localise-data.host.ts";

/** Where labels and their meaning stand. */
export interface LabelFiles {
  readonly boxes: string;
  /** Says what labels are to the model; what it does not list is a class of the model itself. */
  readonly classes?: string | undefined;
}

/** The classes that boxes name, as the model counts them.
 * @throws UnknownNameError for one that the model does not know; BoxFileError with the line of a damaged file of classes */
export function classesOf(model: Model, annotated: readonly Annotated[], files: LabelFiles): Map<string, number> {
  const mapped = mappedClasses(model, files);
  const names = new Set(annotated.flatMap(({ boxes }) => boxes.map((box) => nameOf(box, files.boxes))));
  return new Map([...names].map((name) => [name, mapped.get(name) ?? ownClass(model, name, files)]));
}

/** All that the file lists is looked up, so that a mistake in it is found on its line. */
function mappedClasses(model: Model, { classes }: LabelFiles): Map<string, number> {
  if (classes === undefined) return new Map();
  const map = readClassMap(readText(classes, "the file of classes"), classes);
  return new Map(
    [...map].map(([label, { class: name, place }]) => {
      const where = `${place.name}, line ${place.line}: `;
      return [label, lookedUp(() => indexOf(model, name), { where })];
    }),
  );
}

const elsewise = "With --target predicted, what the network finds most likely is explained, whatever the file says.";

function ownClass(model: Model, name: string, { boxes, classes }: LabelFiles): number {
  const advice = classes === undefined ? "--classes FILE says what labels are to the model." : `Add it to ${classes}.`;
  return lookedUp(() => indexOf(model, name), { where: `${boxes}: `, advice: ` ${advice} ${elsewise}` });
}

function lookedUp(look: () => number, { where, advice = "" }: { where: string; advice?: string }): number {
  try {
    return look();
  } catch (cause) {
    if (!(cause instanceof UnknownNameError)) throw cause;
    throw new UnknownNameError(`${where}${cause.message}${advice}`, { cause });
  }
}

function nameOf({ class: name }: LabelledBox, boxFile: string): string {
  if (name !== undefined) return name;
  throw new BacklightError(`${boxFile} does not say the class of each box. ${elsewise}`);
}

/** ImageNet's own files say WordNet numbers. */
function indexOf(model: Model, name: string): number {
  const entries = imagenetClasses as unknown as readonly (readonly [id: string, name: string])[];
  const isImagenet = (model.outputShape.at(-1) ?? 0) === entries.length;
  const wordNet = isImagenet && /^n\d{8}$/.test(name) ? entries.findIndex(([id]) => id === name) : -1;
  return wordNet >= 0 ? wordNet : classIndex(model, name);
}
