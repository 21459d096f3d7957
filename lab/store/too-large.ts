import { type Engine, OutOfMemoryError } from "../../src/index.ts";
import { bytes } from "../parts/numbers.ts";
import { sessionWords } from "../strings/session.ts";

/** What the reader is told of an error: where the GPU had no memory, how much was asked for and what to do. */
export function tooLarge(engine: Engine, error: unknown): unknown {
  if (!(error instanceof OutOfMemoryError)) return error;
  const asked = engine.memory().peakBytes;
  const [why = ""] = error.message.split("\n");
  return new Error(sessionWords().tooLarge(why, bytes(asked)));
}
