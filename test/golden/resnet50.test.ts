import { resnet50 } from "../../src/nn/applications/resnet50.ts";
import { useEngine } from "../support/engine.ts";
import { checkModel } from "./check-model.ts";
import { withHashWeights } from "./hash-model.ts";

useEngine();
checkModel({ folder: "resnet50", load: async (engine) => withHashWeights(resnet50(engine)) });
