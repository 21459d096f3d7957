import { explain, loadModel, type Model, type Prediction, type Run } from "../../../src/index.ts";
import { builtInModels, type ModelName } from "../../store/catalogue.ts";
import { beside } from "../../store/pictures.ts";
import { type Explained, engineOf } from "../../store/session.ts";

/** Another network beside the one that is open, with its own recording of the same picture. */
export interface Other {
  readonly model: Model;
  readonly run: Run;
  readonly predictions: readonly Prediction[];
}

/** How many classes of each network have their probability read. */
const mostPredictions = 100;

interface Opening {
  /** Aborted when the network is wanted no longer: it is freed then, also if that is after it was opened. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Loads a network that comes with the page and lets it look at the picture that is open. */
export async function openOther(one: Explained, name: ModelName, { signal, onProgress }: Opening): Promise<Other> {
  const model = await loadModel(engineOf(one), beside(builtInModels[name].file), { onProgress, signal });
  let run: Run | undefined;
  const free = () => {
    run?.dispose();
    model.dispose();
  };
  try {
    signal.throwIfAborted();
    run = explain(model, one.picture.image);
    const predictions = await run.predictions(mostPredictions);
    signal.throwIfAborted();
    signal.addEventListener("abort", free);
    return { model, run, predictions };
  } catch (error) {
    free();
    throw error;
  }
}
