// Reads what real Keras computed; README.md beside this file describes the format.
import type { PreprocessMode } from "../../src/image/preprocess.ts";
import type { ParameterCounts } from "../../src/nn/summary.ts";
import { decodeInto, elementCount } from "../../weights/number-format.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";

/** Where an array lies in arrays.bin; its values are `stored * scale`. */
export interface Ref {
  readonly offset: number;
  readonly dtype: "float32" | "float16" | "uint8";
  readonly shape: readonly number[];
  readonly scale: number;
}

export interface GoldenLayer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Largest absolute value of the layer's output. */
  readonly scale: number;
  readonly mean: number;
  readonly rms: number;
  /** Number of samples in layers.bin, and their place there. */
  readonly count: number;
  readonly offset: number;
}

export type GoldenRule = "gradient" | "deconvnet" | "guided";

export interface GoldenFacts {
  readonly format: string;
  readonly parameters: ParameterCounts;
  readonly image: { readonly path: string; readonly preprocess: PreprocessMode | "default" } | null;
  readonly pixels: Ref | null;
  readonly input: { readonly sha256: string; readonly shape: readonly number[]; readonly ref: Ref | null };
  readonly layers: readonly GoldenLayer[];
  readonly logits: Ref;
  readonly probs: Ref;
  readonly top5: readonly { readonly index: number }[];
  readonly target: number;
  readonly targetLayer: string;
  readonly gradients: Readonly<Record<GoldenRule, { readonly layer: Ref; readonly image: Ref }>>;
  readonly alpha: Ref;
  readonly gradcam: Ref;
  readonly counterfactual: Ref;
  readonly cam: Ref | null;
}

/** The golden values of one model. */
export class Golden {
  readonly facts: GoldenFacts;
  readonly #arrays: Uint8Array;
  readonly #layers: Uint8Array;

  private constructor(facts: GoldenFacts, arrays: Uint8Array, layers: Uint8Array) {
    this.facts = facts;
    this.#arrays = arrays;
    this.#layers = layers;
  }

  /** @param folder such as "vgg16" or "fixtures/residual" */
  static async read(folder: string): Promise<Golden> {
    const [facts, arrays, layers] = await Promise.all([
      readJsonFixture<GoldenFacts>(`golden/${folder}/golden.json`),
      readFixture(`golden/${folder}/arrays.bin`),
      readFixture(`golden/${folder}/layers.bin`),
    ]);
    if (facts.format !== "backlight-golden-1") throw new Error(`${folder}: format "${facts.format}" is not known here`);
    return new Golden(facts, arrays, layers);
  }

  values({ offset, dtype, shape, scale }: Ref): Float32Array {
    const count = elementCount(shape);
    const format = ({ float32: "f32", float16: "f16", uint8: "u8" } as const)[dtype];
    const bytes = { float32: 4, float16: 2, uint8: 1 }[dtype];
    const values = new Float32Array(count);
    decodeInto(this.#arrays.slice(offset, offset + bytes * count), format, values, 0);
    return scale === 1 ? values : values.map((value) => value * scale);
  }

  bytes({ offset, shape }: Ref): Uint8Array {
    return this.#arrays.slice(offset, offset + elementCount(shape));
  }

  /** Elements floor(i * size / count) of a layer's output. */
  samples({ offset, count }: GoldenLayer): Float32Array {
    const values = new Float32Array(count);
    decodeInto(this.#layers.slice(offset, offset + 4 * count), "f32", values, 0);
    return values;
  }
}
