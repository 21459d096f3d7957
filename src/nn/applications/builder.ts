import type { JsonObject } from "../untrusted.ts";

/** Writes a functional model's config in Keras 2's dialect; `add` returns the layer's name, for the next one to use. */
export class ConfigBuilder {
  readonly #layers: JsonObject[] = [];
  readonly #name: string;
  #input = "";

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, shape: readonly (number | null)[]): string {
    this.#input = name;
    return this.add("InputLayer", name, { batch_input_shape: [null, ...shape], dtype: "float32" });
  }

  add(className: string, name: string, options: JsonObject, ...inputs: readonly string[]): string {
    const call = inputs.map((input) => [input, 0, 0, {}]);
    this.#layers.push({
      class_name: className,
      name,
      config: { name, ...options },
      inbound_nodes: inputs.length > 0 ? [call] : [],
    });
    return name;
  }

  finish(output: string): JsonObject {
    const config = {
      name: this.#name,
      layers: this.#layers,
      input_layers: [[this.#input, 0, 0]],
      output_layers: [[output, 0, 0]],
    };
    return { class_name: "Functional", config };
  }
}

/** What may differ between models of one architecture. */
export interface ApplicationOptions {
  /** With the classifier, for pictures of 224 x 224 (default), or only up to the last feature maps, for any size. */
  includeTop?: boolean;
  /** Outputs of the classifier, 1000 unless given; a number below 1, or not whole, is refused with WeightsFormatError. */
  classes?: number;
}

/** 224 x 224 with the classifier; without it, any size. */
export function inputSize({ includeTop = true }: ApplicationOptions): (number | null)[] {
  return includeTop ? [224, 224, 3] : [null, null, 3];
}
