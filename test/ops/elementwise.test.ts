import { elementwiseCases } from "../cases/elementwise.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(elementwiseCases, useEngine());
