import { decodeImage, type Image } from "../../src/index.ts";
import { type SampleName, samples } from "./catalogue.ts";

/** A picture with the name that the address or its file gave it. */
export interface NamedPicture {
  readonly name: string;
  readonly image: Image;
}

/** The address of a file that lies beside the page. */
export function beside(file: string): URL {
  return new URL(file, document.baseURI);
}

/** A picture that comes with the page. */
export async function sample(name: SampleName, signal?: AbortSignal): Promise<NamedPicture> {
  const response = await fetch(beside(samples[name].file), signal ? { signal } : {});
  if (!response.ok) throw new Error(`${samples[name].file}: ${response.status} ${response.statusText}`);
  return { name, image: await decodeImage(new Uint8Array(await response.arrayBuffer())) };
}
