import type { PathIntegral } from "./path-integral.ts";
import type { QuadraturePoint } from "./quadrature.ts";

/** Parts of the path before any is divided, and the most there may be. */
export const FIRST_PARTS = 32;
const MOST_PARTS = 512;
/** How far a sum of gradients may be from what the target gained, as a share of that. */
export const COMPLETE = 0.01;

/** What gives slopes and values on the path, and sums up the gradients. */
type Gradients = Pick<PathIntegral, "add" | "valuesAt">;

/** A place on the path and the target's values there, one for each row. */
interface Place {
  readonly alpha: number;
  readonly values: readonly number[];
}

/** A part of the path, with a gradient in its middle. */
interface Part {
  readonly from: Place;
  readonly to: Place;
  /** What the gradient says the target gains on the part, minus what it gains, for each row: exactly the part's share in
   * what the whole sum is off. */
  readonly off: readonly number[];
}

/** The midpoint rule, made finer where it is wrong. What the target gains on a part of the path is known from forward
 * passes, and with it the error of each part: the worst are divided in three until the errors, as they are and without
 * their signs cancelling (the root of the sum of their squares), are within 1% of what the target gained on the whole path.
 * Networks of ReLUs need it: their targets run along the path in thousands of straight pieces, most of them near a baseline
 * of one colour, where every unit of a feature map stands at the same kink.
 * @returns how many gradients the sum is of */
export async function integrateAdaptively(integral: Gradients): Promise<number> {
  let parts = await firstParts(integral);
  for (;;) {
    const worst = worstParts(parts);
    if (worst.length === 0 || parts.length + 2 * worst.length > MOST_PARTS) return parts.length;
    const divided = new Set(worst);
    parts = [...parts.filter((part) => !divided.has(part)), ...(await inThirds(integral, worst))];
  }
}

async function firstParts(integral: Gradients): Promise<Part[]> {
  const places = await placesAt(
    integral,
    Array.from({ length: FIRST_PARTS + 1 }, (_, i) => i / FIRST_PARTS),
  );
  const middles = pairs(places).map((pair) => ({ at: middle(pair), weight: width(pair) }));
  return partsOf(pairs(places), await integral.add(middles));
}

/** Gradients are not kept: a part's own is taken again, to take two thirds of it away. */
async function inThirds(integral: Gradients, parts: readonly Part[]): Promise<Part[]> {
  const between = await placesAt(
    integral,
    parts.flatMap(({ from, to }) => [from.alpha + width([from, to]) / 3, to.alpha - width([from, to]) / 3]),
  );
  const thirds = parts.flatMap(({ from, to }, i) => pairs([from, ...between.slice(2 * i, 2 * i + 2), to]));
  const points = thirds.map(
    (pair, i): QuadraturePoint => ({ at: middle(pair), weight: (i % 3 === 1 ? -2 : 1) * width(pair) }),
  );
  return partsOf(thirds, await integral.add(points));
}

/** The parts to divide next: of what is not within 1% yet, the worst, up to a sixth of all. */
function worstParts(parts: readonly Part[]): Part[] {
  const rows = parts[0]?.off.length ?? 0;
  const gains = Array.from({ length: rows }, (_, row) =>
    Math.abs(total(parts, ({ from, to }) => (to.values[row] ?? 0) - (from.values[row] ?? 0))),
  );
  const open = gains.flatMap((gain, row) => {
    const off = (part: Part) => part.off[row] ?? 0;
    const error = Math.max(Math.abs(total(parts, off)), Math.sqrt(total(parts, (part) => off(part) ** 2)));
    return gain > 0 && error > COMPLETE * gain ? [{ row, gain }] : [];
  });
  if (open.length === 0) return [];
  const share = ({ off }: Part) => Math.max(...open.map(({ row, gain }) => Math.abs(off[row] ?? 0) / gain));
  // parts that are all better than this are good together
  const bad = parts.filter((part) => share(part) > COMPLETE / parts.length);
  return bad.sort((a, b) => share(b) - share(a)).slice(0, Math.ceil(parts.length / 6));
}

async function placesAt(integral: Gradients, alphas: readonly number[]): Promise<Place[]> {
  const values = await integral.valuesAt(alphas);
  return alphas.map((alpha, i) => ({ alpha, values: values.map((row) => row[i] ?? 0) }));
}

type Pair = readonly [from: Place, to: Place];

/** @param slopes in the middle of each pair, a list for each row */
function partsOf(places: readonly Pair[], slopes: readonly Float32Array[]): Part[] {
  return places.map(([from, to], i) => {
    const gained = (row: number) => (to.values[row] ?? 0) - (from.values[row] ?? 0);
    return { from, to, off: slopes.map((slope, row) => (slope[i] ?? 0) * width([from, to]) - gained(row)) };
  });
}

function pairs(places: readonly Place[]): Pair[] {
  return places.slice(1).flatMap((to, i) => (places[i] ? [[places[i], to] as const] : []));
}

function width([from, to]: Pair): number {
  return to.alpha - from.alpha;
}

function middle([from, to]: Pair): number {
  return (from.alpha + to.alpha) / 2;
}

function total<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((sum, one) => sum + value(one), 0);
}
