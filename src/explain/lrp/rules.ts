import { ShapeError } from "../../errors.ts";

/** Extremes of the network's input, for the box rule: of all channels, or one number for each. */
export type Bound = number | readonly number[];

/** How a linear layer hands the relevance of its outputs to its inputs: plain data, made by the functions of this
 * module. With z_ij = x_i w_ij and z_j = sum_i z_ij + b_j, relevance R_j flows back in the shares z_ij / z_j, or in
 * those of what the rule puts in place of z. */
export type LrpRule =
  | { readonly rule: "epsilon"; readonly epsilon: number }
  | { readonly rule: "gamma"; readonly gamma: number }
  | { readonly rule: "alpha-beta"; readonly alpha: number; readonly beta: number }
  | { readonly rule: "flat" }
  | { readonly rule: "w-square" }
  | { readonly rule: "z-box"; readonly low: Bound | undefined; readonly high: Bound | undefined };

/** R_i = sum_j z_ij / (z_j + epsilon sign(z_j)) R_j.
 * @param epsilon over 0; 1e-6 unless given, larger ones absorb weak contributions
 * @throws ShapeError for another
 * @see    Bach et al. 2015, eq. 58 */
export function epsilonRule(epsilon = 1e-6): LrpRule {
  atLeast(epsilon, { name: "epsilon", least: Number.MIN_VALUE });
  return { rule: "epsilon", epsilon };
}

/** Favours what agrees with the output's sign: the epsilon rule with w + gamma max(0, w) where inputs are not negative
 * and outputs positive; for inputs and outputs of any sign as its authors generalise it.
 * @param gamma at least 0; 0.25 unless given
 * @throws ShapeError for another
 * @see    Montavon et al. 2019, section 10.2; Andeol et al. 2021 */
export function gammaRule(gamma = 0.25): LrpRule {
  atLeast(gamma, { name: "gamma", least: 0 });
  return { rule: "gamma", gamma };
}

/** R_i = sum_j (alpha z_ij^+ / z_j^+ - beta z_ij^- / z_j^-) R_j: supporting and contradicting contributions apart.
 * @param alpha 2 unless given
 * @param beta  alpha - 1 unless given, which it must be
 * @throws ShapeError where it is not, or one is below 0
 * @see    Bach et al. 2015, eq. 60 */
export function alphaBetaRule(alpha = 2, beta = alpha - 1): LrpRule {
  atLeast(alpha, { name: "alpha", least: 0 });
  atLeast(beta, { name: "beta", least: 0 });
  if (Math.abs(alpha - beta - 1) > 1e-9)
    throw new ShapeError(`lrp: alpha ${alpha} and beta ${beta}; alpha - beta must be 1, or relevance is not conserved`);
  return { rule: "alpha-beta", alpha, beta };
}

/** Only supporting contributions count: alpha 1, beta 0.
 * @see Montavon et al. 2017, "Explaining nonlinear classification decisions with deep Taylor decomposition", eq. 11 */
export function zPlusRule(): LrpRule {
  return { rule: "alpha-beta", alpha: 1, beta: 0 };
}

/** All inputs that a unit sees get an equal share: for the first layer, where it blurs to the resolution of its window.
 * @see Lapuschkin et al. 2019, supplementary note 1 */
export function flatRule(): LrpRule {
  return { rule: "flat" };
}

/** R_i = sum_j w_ij^2 / sum_i w_ij^2 R_j: for a first layer whose inputs have no bounds.
 * @see Montavon et al. 2017, eq. 9 */
export function wSquareRule(): LrpRule {
  return { rule: "w-square" };
}

/** For a first layer whose inputs lie between bounds: the shares of x_i w_ij - low_i w_ij^+ - high_i w_ij^-.
 * @param low  black and
 * @param high white as the network takes them; as the model's preprocessing says unless given
 * @see   Montavon et al. 2017, eq. 13 */
export function zBoxRule(low?: Bound, high?: Bound): LrpRule {
  return { rule: "z-box", low, high };
}

function atLeast(value: number, { name, least }: { name: string; least: number }): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new ShapeError(`lrp: ${name} is ${value}; a number ${least > 0 ? "over" : "of at least"} 0 is wanted`);
}
