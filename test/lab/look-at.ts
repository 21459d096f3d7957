// What the lab computes in the page, computed here: the same network, the same picture.
import { readFileSync } from "node:fs";
import { decodeImage, type Engine, explain, loadModel, type Model, type Run } from "../../src/index.ts";

const files = { mnist: "dense", "mnist-gap": "gap" } as const;

/** A recorded forward pass, which frees its network with it. */
export class LookedAt {
  readonly model: Model;
  readonly run: Run;

  constructor(model: Model, run: Run) {
    this.model = model;
    this.run = run;
  }

  [Symbol.dispose](): void {
    this.run.dispose();
    this.model.dispose();
  }
}

/** The bytes of a file of the repository. */
export function fileOf(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));
}

export async function lookAt(
  engine: Engine,
  net: keyof typeof files,
  picture: "one" | "seven" | "nine",
): Promise<LookedAt> {
  const model = await loadModel(engine, new Blob([fileOf(`weights/mnist/${files[net]}.safetensors`)]));
  return new LookedAt(model, explain(model, await decodeImage(fileOf(`lab/samples/${picture}.png`))));
}
