import { existsSync } from "node:fs";
import { join } from "node:path";
import { type FetchOptions, fetchKnown } from "../../../weights/fetch.host.ts";
import { type MnistPart, mnistFileName, mnistFiles } from "../../../weights/mnist-files.ts";
import { BacklightError, DatasetError } from "../../errors.ts";
import { digitNames } from "../../nn/applications/mnist.ts";
import type { Seed } from "../../random.ts";
import type { Dataset } from "../../train/data/dataset.ts";
import { idxDataset } from "../../train/data/idx.ts";
import { split } from "../../train/data/subset.ts";
import { readWhole } from "../files.host.ts";

/** MNIST, with a part of its training pictures kept for validation. */
export interface MnistData {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

/** Where the four files are. */
export type MnistPaths = Readonly<Record<MnistPart, string>>;

const parts = Object.keys(mnistFiles) as readonly MnistPart[];

/** The four files in a folder, packed or not, by the names that are in use.
 * @throws BacklightError naming those that are missing */
export function mnistFolder(dir: string): MnistPaths {
  const found = parts.map((part): [MnistPart, string | undefined] => {
    const name = mnistFileName(part);
    const names = [name, name.replace("-idx", ".idx")].flatMap((one) => [one, `${one}.gz`]);
    return [part, names.map((one) => join(dir, one)).find((path) => existsSync(path))];
  });
  const missing = found.filter(([, path]) => path === undefined).map(([part]) => mnistFileName(part));
  if (missing.length === 0) return Object.fromEntries(found) as MnistPaths;
  throw new BacklightError(
    `${dir} has no ${missing.join(", no ")} (or .gz). MNIST is four files: images and labels, for training and for the test.`,
  );
}

/** The four files in the cache, downloaded if they are not there yet.
 * @throws as `fetchKnown` */
export async function fetchMnist(options: FetchOptions): Promise<MnistPaths> {
  const paths: [MnistPart, string][] = [];
  for (const part of parts) paths.push([part, await fetchKnown(mnistFiles[part], options)]);
  return Object.fromEntries(paths) as MnistPaths;
}

/** 5,000 of MNIST's 60,000 training pictures. */
const keptShare = 1 / 12;

/** @param seed of the choice of the pictures that are kept for validation
 * @throws DatasetError naming the files that are damaged, do not belong together, are too few, or another data set */
export async function readMnist(paths: MnistPaths, seed: Seed): Promise<MnistData> {
  const training = [paths["train-images"], paths["train-labels"]] as const;
  const all = await readPair(training);
  const test = await readPair([paths["t10k-images"], paths["t10k-labels"]]);
  return { ...(await inFiles(training, () => split(all, { validation: keptShare, seed }))), test };
}

/** The files of the pictures and of their labels. */
type Pair = readonly [images: string, labels: string];

async function readPair(paths: Pair): Promise<Dataset> {
  const [images, labels] = paths;
  const data = await inFiles(paths, () =>
    idxDataset(readWhole(images, "the pictures"), readWhole(labels, "the labels"), { classNames: digitNames }),
  );
  const [height, width] = data.inputShape;
  if (height === 28 && width === 28) return data;
  throw new DatasetError(`${images} has pictures of ${width} x ${height}; MNIST's are 28 x 28.`);
}

async function inFiles<T>(paths: Pair, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    throw new DatasetError(`${paths.join(" and ")}: ${cause.message}`, { cause });
  }
}
