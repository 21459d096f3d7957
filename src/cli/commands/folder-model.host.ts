import type { Engine, Layer, Model } from "../../index.ts";
import { chooseLayers } from "../../train/freeze.ts";
import { withHead } from "../../train/heads.ts";
import { withInputSize } from "../../train/input-size.ts";
import { openModel } from "../open-model.host.ts";
import type { Terminal } from "../terminal.host.ts";
import type { FolderSettings } from "./folder-settings.ts";

/** A network that is to be trained, and what of it stays as it is. */
export interface FolderModel {
  readonly model: Model;
  readonly frozen: readonly string[];
}

/** Where neither --size nor the base says it: what the networks of keras.applications mostly take. */
const usualSize = 224;

/** The base up to its feature maps, with a new head for these classes. The caller disposes it.
 * @throws as `resolveModel`, `withInputSize`, `withHead` and `chooseLayers` do */
export async function folderModel(
  engine: Engine,
  settings: FolderSettings & { readonly classNames: readonly string[] },
  terminal: Terminal,
): Promise<FolderModel> {
  const { base, weights, head, classNames, seed, freeze } = settings;
  using whole = await openModel(engine, { model: base, weights }, terminal);
  using body = bodyOf(whole, settings, terminal);
  const frozen = chooseLayers(body, freeze);
  const model = withHead(body, { head, classes: classNames.length, seed });
  model.classNames = classNames;
  const added = model.layers.filter(({ name }) => !body.layers.some((layer) => layer.name === name));
  if (hasHead(whole, { added, classNames })) {
    for (const { name: layer, weights } of added)
      for (const { name } of weights) model.setWeight(layer, name, await whole.readWeight(layer, name));
    terminal.note(`${base} has this head for these classes already: training goes on from its weights.`);
  }
  return { model, frozen };
}

/** Whether a network ends in such a head, trained for the same classes: then it is a step before this one. */
function hasHead(
  { layers, classNames: own }: Model,
  { added, classNames }: { readonly added: readonly Layer[]; readonly classNames: readonly string[] },
): boolean {
  const told = ({ name, className, weights }: Layer) => [name, className, weights.map(({ shape }) => shape)];
  const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return isSame(own, classNames) && isSame(layers.slice(-added.length).map(told), added.map(told));
}

function bodyOf(whole: Model, { size, preprocess }: FolderSettings, terminal: Terminal): Model {
  const [, height, width] = whole.inputShape;
  const own = { height: height ?? usualSize, width: width ?? usualSize };
  const body = withInputSize(whole, size === undefined ? own : { height: size, width: size });
  if (preprocess !== undefined) body.preprocessing = preprocess;
  else if (whole.preprocessing === undefined) {
    body.preprocessing = "unit";
    terminal.note(
      "The base does not say how its pictures were prepared: samples are divided by 255 (--preprocess unit). " +
        "If it was trained another way, choose it: --preprocess caffe, tf, torch or raw.",
    );
  } else if (typeof whole.preprocessing === "object") {
    // the size is the input's, and pictures are taken as they are, dark or light
    const { width: _width, height: _height, background: _background, ...rest } = whole.preprocessing;
    body.preprocessing = rest;
  }
  return body;
}
