import { structureCases } from "../cases/structure.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(structureCases, useEngine());
