import type { KnownFile } from "./registry.ts";

/** The four parts of MNIST. */
export type MnistPart = "train-images" | "train-labels" | "t10k-images" | "t10k-labels";

const mirrors = ["https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"];

function part(name: MnistPart, sizeBytes: number, sha256: string): KnownFile {
  const file = `${mnistFileName(name)}.gz`;
  return {
    name: `mnist ${name}`,
    title: `MNIST, ${name.replace("t10k", "test").replace("-", " ")}`,
    file: `mnist/${file}`,
    kerasFile: `mnist/${file}`,
    urls: mirrors.map((mirror) => `${mirror}/${file}`),
    sizeBytes,
    sha256,
  };
}

/** As the data set's authors named the file, unpacked. */
export function mnistFileName(name: MnistPart): string {
  return `${name}-idx${name.endsWith("images") ? 3 : 1}-ubyte`;
}

/** The files of MNIST as its public mirrors have them.
 * @see LeCun, Cortes and Burges, "The MNIST database of handwritten digits" */
export const mnistFiles: Readonly<Record<MnistPart, KnownFile>> = {
  "train-images": part("train-images", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
  "train-labels": part("train-labels", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
  "t10k-images": part("t10k-images", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
  "t10k-labels": part("t10k-labels", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
};
