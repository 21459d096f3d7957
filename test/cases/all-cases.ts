import { activationCases } from "./activation.ts";
import type { OpCase } from "./case.ts";
import { convolutionCases } from "./convolution.ts";
import { denseCases } from "./dense.ts";
import { elementwiseCases } from "./elementwise.ts";
import { layoutCases } from "./layout.ts";
import { poolingCases } from "./pooling.ts";
import { quantileCases } from "./quantile.ts";
import { quotientCases } from "./quotient.ts";
import { structureCases } from "./structure.ts";
import { termCases } from "./terms.ts";
import { trainingCases } from "./training.ts";

/** Every row of the table. */
export const allCases: readonly OpCase[] = [
  ...convolutionCases,
  ...poolingCases,
  ...denseCases,
  ...elementwiseCases,
  ...quantileCases,
  ...quotientCases,
  ...activationCases,
  ...layoutCases,
  ...structureCases,
  ...termCases,
  ...trainingCases,
];
