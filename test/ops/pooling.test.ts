import { poolingCases } from "../cases/pooling.ts";
import { useEngine } from "../support/engine.ts";
import { checkRows } from "./check-rows.ts";

checkRows(poolingCases, useEngine());
