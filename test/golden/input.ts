// A golden model's input: from the stored pixels, and from the picture itself.
import { decodeImage } from "../../src/image/decode.ts";
import { type PreprocessMode, type PreprocessSpec, preprocess } from "../../src/image/preprocess.ts";
import { resizeImage } from "../../src/image/resize.ts";
import type { Image } from "../../src/image/types.ts";
import type { Model } from "../../src/nn/model.ts";
import { readFixture } from "../support/fixture.ts";
import type { Golden } from "./golden.ts";

/** The network's input, [h, w, c], from the stored array or the stored pixels. */
export function inputOf(model: Model, golden: Golden): Float32Array {
  const { input, pixels } = golden.facts;
  if (input.ref) return golden.values(input.ref);
  if (!pixels) throw new Error(`${model.name}: the golden has neither an input nor pixels`);
  const [height = 0, width = 0] = pixels.shape;
  return preprocess({ width, height, channels: 3, data: golden.bytes(pixels) }, modeOf(model));
}

/** The picture, decoded and resized as the network wants it. */
export async function pictureFor(model: Model, path: string): Promise<Image> {
  const method = typeof model.preprocessing === "object" ? "bilinear" : "nearest";
  return resizeImage(await decodeImage(await readFixture(`../${path}`)), { width: 224, height: 224, method });
}

/** How the model's input is made of pixels, as its loader or builder learnt it. */
function modeOf(model: Model): PreprocessMode | PreprocessSpec {
  const { preprocessing } = model;
  if (preprocessing === undefined) throw new Error(`${model.name} does not know its preprocessing`);
  return preprocessing as PreprocessMode | PreprocessSpec;
}

/** SHA-256 of float32 values in memory order, in hexadecimal. */
export async function sha256(values: Float32Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", values.slice().buffer);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
