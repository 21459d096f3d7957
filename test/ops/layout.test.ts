import { layoutCases } from "../cases/layout.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(layoutCases, useEngine());
