import { nearest, UnknownNameError } from "../../errors.ts";

/** A point of [0, 1] and the weight of the integrand there; weights add up to 1. */
export interface QuadraturePoint {
  readonly at: number;
  readonly weight: number;
}

const rules = { midpoint, "gauss-legendre": gaussLegendre };

/** How an integral over [0, 1] is taken: the middles of equal parts, or the zeros of a Legendre polynomial. */
export type QuadratureName = keyof typeof rules;

/** The points of a rule.
 * @throws UnknownNameError for another name */
export function quadratureOf(name: QuadratureName, count: number): QuadraturePoint[] {
  if (Object.hasOwn(rules, name)) return rules[name](count);
  const guess = nearest(name, Object.keys(rules));
  throw new UnknownNameError(
    `there is no quadrature "${name}"; there are ${Object.keys(rules).join(" and ")}.` +
      (guess ? ` Did you mean "${guess}"?` : ""),
  );
}

function midpoint(count: number): QuadraturePoint[] {
  return Array.from({ length: count }, (_, i) => ({ at: (i + 0.5) / count, weight: 1 / count }));
}

/** The zeros of the Legendre polynomial of this degree by Newton's method, brought from [-1, 1] to [0, 1].
 * @see Press et al., Numerical Recipes, section 4.6 */
function gaussLegendre(count: number): QuadraturePoint[] {
  const points = Array.from({ length: count }, (_, i) => {
    let z = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    for (let round = 0; round < 100; round++) {
      const { value, slope } = legendre(count, z);
      z -= value / slope;
      if (Math.abs(value / slope) < 1e-15) break;
    }
    const { slope } = legendre(count, z);
    return { at: (1 + z) / 2, weight: 1 / ((1 - z * z) * slope * slope) };
  });
  return points.reverse();
}

/** The Legendre polynomial and its derivative at a point, by the recurrence of the polynomials. */
function legendre(degree: number, z: number): { value: number; slope: number } {
  let [before, value] = [1, z];
  for (let k = 2; k <= degree; k++) [before, value] = [value, ((2 * k - 1) * z * value - (k - 1) * before) / k];
  return { value, slope: (degree * (z * value - before)) / (z * z - 1) };
}
