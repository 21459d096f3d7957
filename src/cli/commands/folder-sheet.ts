import { basename } from "node:path";
import {
  type ContactSheetItem,
  classLogit,
  contactSheet,
  explain,
  type Image,
  type Model,
  solid,
} from "../../index.ts";
import { explainTarget } from "../explanation.ts";
import { decodeFile } from "../input.ts";
import { draw, fitted, longestThumbnail, type Picture, shownImage } from "../pictures.ts";
import type { Terminal } from "../terminal.host.ts";
import type { Example } from "./folder-test.ts";

/** An example and what the network looked at. */
export interface Drawn {
  readonly image: Image;
  /** "cat/12.png" */
  readonly name: string;
  /** What it is, and what the network says. */
  readonly caption: string;
  readonly pictures: readonly Picture[];
  /** Methods that are not defined for the network. */
  readonly without: readonly string[];
}

const methods = ["cam", "gradcam", "guided-gradcam"] as const;
const display = { resize: "half-pixel", relu: "before", box: true } as const;

/** Explains each picture as the class that the network takes it for. */
export async function drawExamples(model: Model, examples: readonly Example[], terminal: Terminal): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const [i, example] of examples.entries()) {
    terminal.progress("explaining validation pictures", i, examples.length);
    drawn.push(await drawExample(model, example));
  }
  terminal.progress("explaining validation pictures", examples.length, examples.length);
  return drawn;
}

async function drawExample(model: Model, { file, x: values, label, taken }: Example): Promise<Drawn> {
  const image = shownImage(await decodeFile(await file.read(), file.path, { orient: false }));
  const [, height = 1, width = 1, channels = 1] = model.inputShape.map((extent) => extent ?? 1);
  using x = model.engine.tensor(values, [1, height, width, channels]);
  using run = explain(model, x);
  const [best] = await run.predictions(1);
  const { results, skipped } = await explainTarget(run, { target: classLogit(taken), methods, lenient: true });
  const pictures: Picture[] = [];
  for (const result of results) {
    const all = await draw(result, { image, prefix: "", display });
    // Guided Grad-CAM is a picture of its own, maps lie on theirs
    const form = result.kind === "pixels" ? "bare" : "overlay";
    pictures.push(...all.filter((one) => one.form === form));
  }
  const nameOf = (index: number) => model.classNames?.[index] ?? `class ${index}`;
  const truth = label === taken ? nameOf(label) : `${nameOf(label)}, taken for ${nameOf(taken)}`;
  return {
    image,
    name: basename(file.path),
    caption: `${truth}, ${(100 * (best?.probability ?? 0)).toFixed(1)} %`,
    pictures,
    without: skipped.map(({ method }) => method),
  };
}

/** A row for each example. */
export function examplesSheet(drawn: readonly Drawn[], model: string): Image {
  const shown = methods.filter((method) => drawn.some(({ pictures }) => pictures.some((one) => one.method === method)));
  const blank: ContactSheetItem = { image: solid({ width: 1, height: 1 }, [255, 255, 255]), label: "" };
  const rows = drawn.flatMap(({ image, name, caption, pictures }) => [
    { image: fitted(image, longestThumbnail), label: `${name}\n${caption}` },
    ...shown.map((method) => {
      const picture = pictures.find((one) => one.method === method);
      return picture?.thumbnail ? { image: picture.thumbnail, label: labelOf(picture) } : blank;
    }),
  ]);
  return contactSheet(rows, { columns: 1 + shown.length, title: `${model}: what it looks at in validation pictures` });
}

function labelOf({ title, provenance, empty, box }: Picture): string {
  return [`${title}${empty ? " (empty)" : ""}`, provenance.layer ?? "", box ? "box: 20 %" : ""].join("\n").trim();
}
