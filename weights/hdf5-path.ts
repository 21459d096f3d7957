import { WeightsFormatError } from "../src/errors.ts";

const maxPathLength = 4096;
export const maxPathSteps = 64;

/** The names on the way to what stands at a path.
 * @throws WeightsFormatError for paths that no model has */
export function pathSteps(path: string, fileName: string): readonly string[] {
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (path.length > maxPathLength || steps.length > maxPathSteps || path.includes("\0")) {
    throw new WeightsFormatError(`${fileName}: a path of ${steps.length} steps, ${path.length} characters: refused.`);
  }
  return steps;
}
