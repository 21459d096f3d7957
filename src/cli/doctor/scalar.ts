// Reverse-mode differentiation of single numbers in float64: slow, small, and nothing of it is shared with the engine.

/** One number of a computation, and by which slopes it depends on others. */
export interface Scalar {
  readonly value: number;
  readonly from: readonly (readonly [input: Scalar, slope: number])[];
  /** Lets only positive gradients back through, whatever mathematics says: the deconvnet and guided rules. */
  readonly gated: boolean;
  gradient: number;
}

/** Numbers in row-major order. */
export interface Scalars {
  readonly shape: readonly number[];
  readonly items: readonly Scalar[];
}

export function scalar(value: number, from: Scalar["from"] = [], gated = false): Scalar {
  return { value, from, gated, gradient: 0 };
}

/** Sum of slope * input, plus a constant. */
export function linear(terms: Scalar["from"], constant = 0): Scalar {
  return scalar(
    terms.reduce((sum, [{ value }, slope]) => sum + slope * value, constant),
    terms,
  );
}

/** Sum of the products a * b, plus a bias if there is one. */
export function products(pairs: readonly (readonly [a: Scalar, b: Scalar])[], bias?: Scalar): Scalar {
  const value = pairs.reduce((sum, [a, b]) => sum + a.value * b.value, bias?.value ?? 0);
  const from = pairs.flatMap(([a, b]): Scalar["from"] => [
    [a, b.value],
    [b, a.value],
  ]);
  return scalar(value, bias ? [...from, [bias, 1]] : from);
}

/** The first of the largest. */
export function largest(items: readonly Scalar[]): Scalar {
  const winner = items.reduce((best, item) => (item.value > best.value ? item : best));
  return linear([[winner, 1]]);
}

/** The largest; equal ones share the gradient evenly. */
export function largestShared(items: readonly Scalar[]): Scalar {
  const most = Math.max(...items.map(({ value }) => value));
  const winners = items.filter(({ value }) => value === most);
  return linear(winners.map((winner) => [winner, 1 / winners.length]));
}

/** Puts into `gradient` of everything that `ys` come from how <seeds, ys> changes with it. */
export function differentiate(ys: readonly Scalar[], seeds: readonly number[]): void {
  const order = inOrder(ys);
  for (const node of order) node.gradient = 0;
  ys.forEach((y, i) => {
    y.gradient += seeds[i] ?? 0;
  });
  for (const { from, gradient, gated } of order.reverse())
    if (!gated || gradient > 0) for (const [input, slope] of from) input.gradient += gradient * slope;
}

/** Everything that `ys` come from, inputs before what is computed of them. */
function inOrder(ys: readonly Scalar[]): Scalar[] {
  const seen = new Set<Scalar>();
  const order: Scalar[] = [];
  const visit = (node: Scalar) => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const [input] of node.from) visit(input);
    order.push(node);
  };
  ys.forEach(visit);
  return order;
}

/** The element at `index`; undefined outside the array. */
export function at({ shape, items }: Scalars, ...index: readonly number[]): Scalar | undefined {
  if (index.some((i, axis) => i < 0 || i >= (shape[axis] ?? 0))) return undefined;
  return items[index.reduce((flat, i, axis) => flat * (shape[axis] ?? 1) + i, 0)];
}

/** An element that is there by construction. */
export function pick(array: Scalars, ...index: readonly number[]): Scalar {
  const found = at(array, ...index);
  if (!found) throw new RangeError(`[${index.join(", ")}] lies outside [${array.shape.join(", ")}]`);
  return found;
}

/** An array of what `item` gives for each index, the last axis fastest. */
export function fill<T>(shape: readonly number[], item: (...index: number[]) => T): T[] {
  const [extent, ...rest] = shape;
  if (extent === undefined) return [item()];
  return Array.from({ length: extent }, (_, i) => fill(rest, (...index) => item(i, ...index))).flat();
}
