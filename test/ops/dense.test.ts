import { denseCases } from "../cases/dense.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(denseCases, useEngine());
