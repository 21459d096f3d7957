import { relative } from "node:path";
import { crc32 } from "../../bytes.ts";
import { channelsOf, preprocessingOf } from "../../explain/model-input.ts";
import { DatasetError, type ImageFile, type Model, WeightsFormatError } from "../../index.ts";
import { type FolderDataset, folderDataset } from "../../train/data/folder.ts";
import { type Subset, split } from "../../train/data/subset.ts";
import { listImageFolder } from "../data-folder.host.ts";
import type { Terminal } from "../terminal.host.ts";

/** The files of a folder per class. */
export interface Listing {
  readonly dir: string;
  readonly files: readonly ImageFile[];
  readonly classNames: readonly string[];
}

/** @throws DatasetError for a folder without classes, or with one only */
export function listClasses(dir: string): Listing {
  const { files, classNames } = listImageFolder(dir);
  if (classNames.length < 2)
    throw new DatasetError(
      `${dir} has one class only, "${classNames[0]}". A network learns to tell classes apart: give at least two folders.`,
    );
  return { dir, files, classNames };
}

/** The pictures of a run. */
export interface FolderData {
  readonly all: FolderDataset;
  readonly train: Subset;
  readonly validation: Subset;
  /** Tells other pictures from these. */
  readonly fingerprint: string;
}

/** How they are read. */
export interface ReadOptions {
  readonly validation: number;
  readonly seed: number;
  readonly skipBad: boolean;
}

/** Reads the pictures as the model takes them.
 * @throws DatasetError listing what cannot be read, and for an empty class */
export async function readPictures(
  { dir, files, classNames }: Listing,
  model: Model,
  { skipBad, ...share }: ReadOptions & { readonly terminal: Terminal },
): Promise<FolderData> {
  const preprocessing = preprocessingOf(model);
  const method = typeof preprocessing === "object" ? preprocessing.method : undefined;
  const [, height, width] = model.inputShape;
  const all = await folderDataset(files, {
    classNames,
    size: { height: height ?? 1, width: width ?? 1 },
    preprocessing,
    ...(method ? { method } : {}),
    channels: channelsOf(model),
    skipBad,
  }).catch((cause: unknown) => {
    if (!(cause instanceof DatasetError)) throw cause;
    throw new DatasetError(cause.message.replace("skipBad:", "--skip-bad:"), { cause });
  });
  for (const { path, reason } of all.skipped) share.terminal.note(`Left out ${path}: ${reason}`);
  const names = all.files.map(({ path, classIndex }) => [relative(dir, path), classIndex]);
  const sum = crc32(new TextEncoder().encode(JSON.stringify([classNames, names])));
  return { all, ...(await split(all, share)), fingerprint: `${names.length} pictures, ${sum.toString(16)}` };
}

/** @throws WeightsFormatError unless a run was begun with these pictures */
export function assertSamePictures(saved: unknown, { fingerprint }: FolderData, dir: string): void {
  if (saved === fingerprint) return;
  throw new WeightsFormatError(
    `${dir} has other pictures than the run was begun with (${String(saved)}; now ${fingerprint}). ` +
      "Bring them back, or begin a new run in another folder (--out).",
  );
}
