import { explain, type HeatMap, type Image, type Model, type Prediction, type Target } from "../../../src/index.ts";

/** What the network makes of a changed picture. */
export interface SecondLook {
  /** Of all classes, best first. */
  readonly predictions: readonly Prediction[];
  readonly map: HeatMap;
}

interface Question {
  readonly target: Target;
  readonly layer: string;
}

/** Records a pass of another picture, asks what is wanted of it, and frees it. */
export async function lookAgain(model: Model, image: Image, { target, layer }: Question): Promise<SecondLook> {
  using run = explain(model, image);
  const [predictions, map] = await Promise.all([
    run.predictions(Number.POSITIVE_INFINITY),
    run.gradCam({ target, layer }),
  ]);
  return { predictions, map };
}
