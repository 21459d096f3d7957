import { decodeImage, type Image } from "../../src/index.ts";
import { imageOf, shrunk } from "../parts/pixels.ts";
import { sessionWords } from "../strings/session.ts";
import { phase } from "./phase.ts";
import { report } from "./problem.ts";
import { openFiles, openPicture } from "./session.ts";

/** Opens what the reader gave: a picture, or a network in one file or in several. What it is, its content tells, never its
 * name. What is neither is said in one message, and everything that was there stays. */
export async function openAnything(files: readonly File[]): Promise<void> {
  if (files.length === 0 || phase.peek().kind === "without-gpu") return;
  try {
    const heads = await Promise.all(files.map(headOf));
    if (heads.some(isNetwork)) return await openFiles(files);
    for (const [i, file] of files.entries()) {
      const image = isPicture(heads[i] ?? "") ? await decoded(file) : await decodedByBrowser(file);
      if (image) return await openPicture(file.name, shrunk(image));
    }
    report(new Error(sessionWords().neither(files.map(({ name }) => name).join(", "))));
  } catch (error) {
    report(error);
  }
}

/** The first bytes, a character each; none of a folder, which cannot be read. */
async function headOf(file: File): Promise<string> {
  try {
    return String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  } catch {
    return "";
  }
}

/** PNG and JPEG: they are decoded to the very samples that the command line gets. */
function isPicture(head: string): boolean {
  return head.startsWith("\x89PNG") || head.startsWith("\xff\xd8");
}

/** HDF5, a zip archive (.keras), JSON, or safetensors, whose JSON follows its length. */
function isNetwork(head: string): boolean {
  const isSafetensors = head.slice(4, 9) === "\0\0\0\0{";
  return head.startsWith("\x89HDF") || head.startsWith("PK\x03\x04") || /^\s*\{/.test(head) || isSafetensors;
}

async function decoded(file: File): Promise<Image> {
  return decodeImage(new Uint8Array(await file.arrayBuffer()), { orient: true });
}

/** Other formats (WebP, AVIF, GIF ...), where the browser knows them. */
async function decodedByBrowser(file: File): Promise<Image | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    return imageOf(bitmap, bitmap);
  } catch {
    return undefined;
  }
}
