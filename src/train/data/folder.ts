import { DatasetError } from "../../errors.ts";
import { decodeImage } from "../../image/decode.ts";
import { type PreprocessMode, type PreprocessSpec, preprocess } from "../../image/preprocess.ts";
import { type ResizeMethod, resizeImage } from "../../image/resize.ts";
import type { Image, Size } from "../../image/types.ts";
import { checkIndex, checkLabel, type Dataset } from "./dataset.ts";

/** A picture file and its class, wherever it lies: on a disk, in a browser's list of files, behind a URL. */
export interface ImageFile {
  /** What messages call it. */
  readonly path: string;
  readonly classIndex: number;
  /** The whole file, PNG or JPEG. */
  read(): Promise<Uint8Array>;
}

/** How files become examples. */
export interface FolderOptions {
  /** In the order of `classIndex`; each must have files. */
  readonly classNames: readonly string[];
  /** Pictures are stretched to this, as by Keras' load_img. */
  readonly size: Size;
  /** How samples 0..255 become a network's numbers; Keras' `rescale: 1 / 255` is "unit". */
  readonly preprocessing: PreprocessMode | PreprocessSpec;
  /** "nearest" unless given, as in Keras. */
  readonly method?: ResizeMethod;
  /** Gray pictures for 1; 3 unless given. */
  readonly channels?: 1 | 3;
  /** Leave out files that cannot be read instead of failing. */
  readonly skipBad?: boolean;
  /** Resized pictures that are kept in memory, in bytes; 512 MiB unless given. */
  readonly cacheBytes?: number;
}

/** A file that could not be read, and why. */
export interface BadFile {
  readonly path: string;
  readonly reason: string;
}

/** Pictures in files. */
export interface FolderDataset extends Dataset {
  readonly classNames: readonly string[];
  readonly labels: Int32Array;
  /** The file of each example. */
  readonly files: readonly ImageFile[];
  /** Files that were left out. */
  readonly skipped: readonly BadFile[];
}

const defaultCacheBytes = 512 * 2 ** 20;
/** Bad files that a message names. */
const mostNamed = 20;

/** A data set of picture files. Every file is decoded once at the start, so that what cannot be read is known before
 * training; as many resized pictures as fit are kept in memory, the others are decoded again whenever they are wanted.
 * @throws DatasetError for a class without files, and with the list of all files that cannot be read, unless they are
 *         to be skipped; UnknownNameError or ShapeError for preprocessing that makes no sense */
export async function folderDataset(files: readonly ImageFile[], options: FolderOptions): Promise<FolderDataset> {
  const { classNames, size, preprocessing, channels = 3 } = options;
  for (const { path, classIndex } of files) checkLabel(path, classIndex, classNames);
  refuseEmptyClasses(files, classNames, "");
  const { good, bad, cache } = await decodeAll(files, options);
  if (bad.length > 0 && !options.skipBad) throw new DatasetError(badFilesMessage(bad, files.length));
  refuseEmptyClasses(good, classNames, " that can be read");
  const labels = Int32Array.from(good, ({ classIndex }) => classIndex);
  return {
    length: good.length,
    inputShape: [size.height, size.width, channels],
    classNames,
    labels,
    files: good,
    skipped: bad,
    async get(index) {
      checkIndex(index, good);
      const file = good[index] as ImageFile;
      const image = cache.get(file) ?? (await decoded(file, options));
      return { x: preprocess(image, preprocessing, { channels }), y: file.classIndex };
    },
  };
}

interface Decoded {
  readonly good: readonly ImageFile[];
  readonly bad: readonly BadFile[];
  /** The first that fit: every epoch reads all, so that none is worth more than another. */
  readonly cache: ReadonlyMap<ImageFile, Image>;
}

async function decodeAll(files: readonly ImageFile[], options: FolderOptions): Promise<Decoded> {
  const good: ImageFile[] = [];
  const bad: BadFile[] = [];
  const cache = new Map<ImageFile, Image>();
  let freeBytes = options.cacheBytes ?? defaultCacheBytes;
  for (const file of files) {
    try {
      const image = await decoded(file, options);
      good.push(file);
      freeBytes -= image.data.length;
      if (freeBytes >= 0) cache.set(file, image);
    } catch (cause) {
      bad.push({ path: file.path, reason: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  return { good, bad, cache };
}

async function decoded(file: ImageFile, { size, method = "nearest" }: FolderOptions): Promise<Image> {
  return resizeImage(await decodeImage(await file.read()), { ...size, method });
}

function refuseEmptyClasses(files: readonly ImageFile[], classNames: readonly string[], which: string): void {
  const known = new Set(files.map(({ classIndex }) => classIndex));
  const empty = classNames.filter((_, c) => !known.has(c));
  if (empty.length === 0 && files.length > 0) return;
  if (empty.length === 0) throw new DatasetError("there are no pictures and no classes.");
  const named = empty.map((name) => `"${name}"`).join(", ");
  const who = empty.length === 1 ? `the class ${named} has` : `the classes ${named} have`;
  throw new DatasetError(`${who} no pictures${which}. Add some (PNG or JPEG), or remove the folder.`);
}

function badFilesMessage(bad: readonly BadFile[], total: number): string {
  const named = bad.slice(0, mostNamed).map(({ path, reason }) => `  ${path}: ${reason}`);
  const more = bad.length > mostNamed ? [`  and ${bad.length - mostNamed} more`] : [];
  const head = `${bad.length} of ${total} pictures cannot be read. Repair or remove them, or skip them with skipBad:`;
  return [head, ...named, ...more].join("\n");
}
