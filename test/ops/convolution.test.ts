import { convolutionCases } from "../cases/convolution.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(convolutionCases, useEngine());
