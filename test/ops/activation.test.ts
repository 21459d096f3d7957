import { activationCases } from "../cases/activation.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(activationCases, useEngine());
