import { vgg16 } from "../../src/nn/applications/vgg16.ts";
import { useEngine } from "../support/engine.ts";
import { checkModel } from "./check-model.ts";
import { withHashWeights } from "./hash-model.ts";

useEngine();
checkModel({ folder: "vgg16", load: async (engine) => withHashWeights(vgg16(engine)) });
