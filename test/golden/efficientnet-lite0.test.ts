import { loadEfficientNet } from "../support/efficientnet.ts";
import { useEngine } from "../support/engine.ts";
import { checkModel } from "./check-model.ts";

useEngine();
checkModel({ folder: "efficientnet-lite0", load: loadEfficientNet });
