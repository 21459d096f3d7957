import type { Image } from "../../../src/index.ts";
import { catalogueWords, isSampleName, type SampleName, samples } from "../../store/catalogue.ts";
import { param } from "../../store/link.ts";
import { sample } from "../../store/pictures.ts";
import type { Explained } from "../../store/session.ts";
import { seedWords } from "../../strings/seed.ts";

/** Pictures laid over each other, half and half, of which a network cannot be sure: samples' names with a dot between. */
const blends = ["seven.nine", "one.nine"] as const;

function partsOf(name: string): SampleName[] {
  return name.split(".").filter((part) => isSampleName(part));
}

/** Pictures that can stand beside the one that is looked at. */
export function picturesBeside({ model }: Explained): (readonly [name: string, title: string])[] {
  const kind = model.inputShape.at(-1) === 1 ? "digit" : "photo";
  const words = catalogueWords().samples;
  const names = (Object.keys(samples) as SampleName[]).filter((name) => samples[name].kind === kind);
  const mixed = kind === "digit" ? blends : [];
  return [
    ...names.map((name) => [name, words[name]] as const),
    ...mixed.map((name) => [name, seedWords().blend(partsOf(name).map((part) => words[part]))] as const),
  ];
}

/** The picture beside: the address's, else one that the network is less or more sure of. */
export function chosenBeside(one: Explained): string {
  const names = picturesBeside(one).map(([name]) => name);
  const usual = [blends[0], "cat", "cat-and-coffee"].filter((name) => name !== one.picture.name);
  return names.find((name) => name === param("beside")) ?? usual.find((name) => names.includes(name)) ?? "";
}

/** The mean of the pictures of a name. */
export async function imageBeside(name: string): Promise<Image> {
  const images = await Promise.all(partsOf(name).map(async (part) => (await sample(part)).image));
  const [first] = images;
  if (!first) throw new Error(`no picture "${name}"`);
  const data = first.data.map((_, i) => images.reduce((sum, { data }) => sum + (data[i] ?? 0), 0) / images.length);
  return { ...first, data };
}
