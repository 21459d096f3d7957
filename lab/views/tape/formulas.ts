import { backwardRules, type RuleName, type TapeNode } from "../../../src/index.ts";
import { activationOf, ruleTex } from "../../parts/activation.ts";

/** An operation in TeX: what it computes, and what its backward rule makes of the cotangent dy. */
export interface Formulas {
  readonly forward: string;
  readonly backward: string;
}

const shapeOnly: Formulas = { forward: "y = x", backward: "dx = dy" };

/** By operation name; i and j count values, p and q positions, c and k channels, W is what slides or multiplies. */
const formulas: Readonly<Record<string, Formulas>> = {
  conv2d: {
    forward: "y_{p,k} = b_k + \\sum_{q,\\,c} W_{q,c,k}\\; x_{p+q,\\,c}",
    backward: "dx_{p,c} = \\sum_{q,\\,k} W_{q,c,k}\\; dy_{p-q,\\,k}",
  },
  depthwise_conv2d: {
    forward: "y_{p,c} = b_c + \\sum_{q} W_{q,c}\\; x_{p+q,\\,c}",
    backward: "dx_{p,c} = \\sum_{q} W_{q,c}\\; dy_{p-q,\\,c}",
  },
  dense: {
    forward: "y_k = b_k + \\sum_{c} W_{c,k}\\; x_c",
    backward: "dx_c = \\sum_{k} W_{c,k}\\; dy_k",
  },
  batch_norm: {
    forward: "y_{p,c} = \\gamma_c\\, \\frac{x_{p,c} - \\mu_c}{\\sqrt{\\sigma_c^2 + \\varepsilon}} + \\beta_c",
    backward: "dx_{p,c} = \\frac{\\gamma_c}{\\sqrt{\\sigma_c^2 + \\varepsilon}}\\; dy_{p,c}",
  },
  channel_affine: {
    forward: "y_{p,c} = s_c\\, x_{p,c} + t_c",
    backward: "dx_{p,c} = s_c\\; dy_{p,c}",
  },
  max_pool: {
    forward: "y_{p,c} = \\max_{q \\in \\mathrm{window}(p)} x_{q,c}",
    backward: "dx_{q,c} = \\sum_{p\\,:\\; q \\,=\\, \\operatorname{arg\\,max}(p,\\,c)} dy_{p,c}",
  },
  avg_pool: {
    forward: "y_{p,c} = \\frac{1}{n} \\sum_{q \\in \\mathrm{window}(p)} x_{q,c}",
    backward: "dx_{q,c} = \\sum_{p:\\, q \\in \\mathrm{window}(p)} \\frac{dy_{p,c}}{n}",
  },
  global_avg_pool: {
    forward: "y_c = \\frac{1}{HW} \\sum_{p} x_{p,c}",
    backward: "dx_{p,c} = \\frac{dy_c}{HW}",
  },
  global_max_pool: {
    forward: "y_c = \\max_{p} x_{p,c}",
    backward: "dx_{p,c} = \\left[\\, p = \\operatorname{arg\\,max} x_{\\cdot,c} \\,\\right] dy_c",
  },
  add: { forward: "y = a + b", backward: "da = dy, \\qquad db = dy" },
  sub: { forward: "y = a - b", backward: "da = dy, \\qquad db = -dy" },
  mul: { forward: "y = a\\, b", backward: "da = b\\; dy, \\qquad db = a\\; dy" },
  scale: { forward: "y = s\\, x + t", backward: "dx = s\\; dy" },
  softmax: {
    forward: "y_i = \\frac{e^{x_i}}{\\sum_j e^{x_j}}",
    backward: "dx_i = y_i \\left( dy_i - \\sum_j y_j\\, dy_j \\right)",
  },
  sigmoid: { forward: "y = \\frac{1}{1 + e^{-x}}", backward: "dx = y\\,(1 - y)\\; dy" },
  reshape: shapeOnly,
  permute: { forward: "y = x^{\\pi}", backward: "dx = dy^{\\,\\pi^{-1}}" },
  zero_pad: { forward: "y = \\operatorname{pad}(x)", backward: "dx = \\operatorname{crop}(dy)" },
  concat: { forward: "y = [\\,a,\\, b\\,]", backward: "[\\,da,\\, db\\,] = dy" },
  dropout: shapeOnly,
};

/** What holds of every operation: the transposed Jacobian, applied to dy. */
const anyOp: Formulas = {
  forward: "y = f(x)",
  backward: "dx = \\left( \\frac{\\partial y}{\\partial x} \\right)^{\\!\\top} dy",
};

/** Whether a rule takes the place of a node's gradient. */
export function isRuled({ op }: TapeNode, rule: RuleName): boolean {
  return Object.hasOwn(backwardRules[rule], op.name);
}

/** The formulas of a node, under a rule where it has another. */
export function formulasOf(node: TapeNode, rule: RuleName): Formulas {
  const activation = activationOf(node);
  if (activation) return { forward: activation.forward, backward: ruleTex(rule, activation, { arriving: "dy" }) };
  return formulas[node.op.name] ?? anyOp;
}
