import { ConfusionMatrix, type ImageFile, type Model } from "../../index.ts";
import type { Subset } from "../../train/data/subset.ts";
import { type Evaluation, evaluate } from "../../train/evaluate.ts";

/** How a network does on pictures that it was not trained on. */
export interface Tested {
  readonly evaluation: Evaluation;
  readonly confusion: ConfusionMatrix;
  /** In the order of the pictures. */
  readonly seen: readonly Seen[];
}

interface Seen {
  /** Place among the validation pictures. */
  readonly index: number;
  readonly label: number;
  /** The class with the greatest score. */
  readonly taken: number;
}

export async function testOn(model: Model, data: Subset): Promise<Tested> {
  const classes = model.outputShape.at(-1) ?? 1;
  const confusion = new ConfusionMatrix(classes);
  const seen: Seen[] = [];
  const evaluation = await evaluate(model, data, {
    batchSize: 32,
    onBatch: (logits, { y, indices }) => {
      confusion.update(logits, y);
      for (const [row, label] of y.entries()) {
        const scores = logits.subarray(row * classes, (row + 1) * classes);
        seen.push({ index: indices[row] ?? 0, label, taken: scores.indexOf(Math.max(...scores)) });
      }
    },
  });
  return { evaluation, confusion, seen };
}

/** A picture to be explained. */
export interface Example {
  readonly file: ImageFile;
  /** As the network takes it. */
  readonly x: Float32Array;
  readonly label: number;
  /** The class that it was taken for, which is explained. */
  readonly taken: number;
}

const mostRight = 6;
const mostWrong = 2;

/** The first picture of each class that was told right, and the first that were not. */
export async function chosenExamples(
  { seen }: Tested,
  { all, validation }: { readonly all: { readonly files: readonly ImageFile[] }; readonly validation: Subset },
): Promise<Example[]> {
  const right = seen.filter(({ label, taken }) => label === taken);
  const firsts = right.filter((one, i) => right.findIndex(({ label }) => label === one.label) === i);
  const wrong = seen.filter(({ label, taken }) => label !== taken);
  const chosen = [...firsts.slice(0, mostRight), ...wrong.slice(0, mostWrong)];
  const examples: Example[] = [];
  for (const { index, label, taken } of chosen) {
    const file = all.files[validation.indices[index] ?? 0];
    if (file) examples.push({ file, label, taken, x: (await validation.get(index)).x });
  }
  return examples;
}
