import { quotientCases } from "../cases/quotient.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(quotientCases, useEngine());
