/** A symmetric, positive definite matrix whose rows have the same few weights in other columns: a stencil on a grid. No
 * weight is above 0, and no row adds up to less than 0. */
export interface SparseRows {
  readonly diagonal: Float64Array;
  /** For each row, the columns of the weights: the first half left of the diagonal, the others right of it. Where a row
   * has none, the number of rows: one past the last column. */
  readonly columns: Int32Array;
  readonly weights: readonly number[];
}

/** Of the residual, over that of a solution of zeros. */
const TOLERANCE = 1e-8;
/** How much of what an incomplete factorisation leaves out is put on its diagonal; at 1 a pivot can become 0. */
const RELAXATION = 0.995;

/** Solves A X = B in float64 by conjugate gradients; the columns of B are independent of each other.
 * @param problem.right B, [rows, columns]
 * @param problem.start a first guess of X
 * @returns X, its residual at most 1e-8 of B's norm in every column
 * @see    Hestenes and Stiefel 1952 */
export function conjugateGradient(
  A: SparseRows,
  { right, start, columns }: { right: Float64Array; start: Float64Array; columns: number },
): Float64Array {
  const solution = start.slice();
  const pivots = pivotsOf(A);
  for (let c = 0; c < columns; c++) {
    const x = solve(A, { pivots, b: columnOf(right, c, columns), x: columnOf(start, c, columns) });
    for (let i = 0; i < pivots.length; i++) solution[i * columns + c] = x[i] ?? 0;
  }
  return solution;
}

/** A column, and a 0 behind it: what rows without a neighbour read. */
function columnOf(values: Float64Array, column: number, columns: number): Float64Array {
  const rows = values.length / columns;
  return Float64Array.from({ length: rows + 1 }, (_, i) => (i < rows ? (values[i * columns + column] ?? 0) : 0));
}

function solve(
  A: SparseRows,
  { pivots, b, x }: { pivots: Float64Array; b: Float64Array; x: Float64Array },
): Float64Array {
  const size = pivots.length;
  const Ap = product(A, x, new Float64Array(size + 1));
  const residual = b.map((value, i) => value - (Ap[i] ?? 0));
  const preconditioned = applied(A, { pivots, residual, to: new Float64Array(size + 1) });
  const direction = preconditioned.slice();
  let rho = inner(residual, preconditioned);
  const enough = TOLERANCE ** 2 * inner(b, b);
  // in exact arithmetic it ends after as many steps as there are rows
  for (let step = 0; step < 2 * size + 10 && inner(residual, residual) > enough; step++) {
    product(A, direction, Ap);
    const alpha = rho / inner(direction, Ap);
    for (let i = 0; i < size; i++) {
      x[i] = (x[i] ?? 0) + alpha * (direction[i] ?? 0);
      residual[i] = (residual[i] ?? 0) - alpha * (Ap[i] ?? 0);
    }
    applied(A, { pivots, residual, to: preconditioned });
    const next = inner(residual, preconditioned);
    const beta = next / rho;
    rho = next;
    for (let i = 0; i < size; i++) direction[i] = (preconditioned[i] ?? 0) + beta * (direction[i] ?? 0);
  }
  return x;
}

function product({ diagonal, columns, weights }: SparseRows, x: Float64Array, y: Float64Array): Float64Array {
  for (let i = 0, next = 0; i < diagonal.length; i++) {
    let sum = (diagonal[i] ?? 0) * (x[i] ?? 0);
    for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (x[columns[next++] ?? 0] ?? 0);
    y[i] = sum;
  }
  return y;
}

/** D of the modified incomplete factorisation M = (D + L) D^-1 (D + L'), L being A left of its diagonal: M has the sums
 * of A's rows, but for the relaxation. It needs far fewer steps than A's diagonal alone.
 * @see Gustafsson 1978 */
function pivotsOf({ diagonal, columns, weights }: SparseRows): Float64Array {
  const [size, count] = [diagonal.length, weights.length];
  const pivots = diagonal.slice();
  const right = new Float64Array(size); // sums right of the diagonal
  for (let i = 0; i < size; i++) {
    for (const [k, weight] of weights.entries()) {
      const column = columns[i * count + k] ?? size;
      if (column === size) continue;
      if (k >= count / 2) right[i] = (right[i] ?? 0) + weight;
      else {
        const fill = weight + RELAXATION * ((right[column] ?? 0) - weight);
        pivots[i] = (pivots[i] ?? 0) - (weight * fill) / (pivots[column] ?? 1);
      }
    }
  }
  return pivots;
}

/** M^-1 residual: one substitution down, one up. */
function applied(
  { columns, weights }: SparseRows,
  { pivots, residual, to }: { pivots: Float64Array; residual: Float64Array; to: Float64Array },
): Float64Array {
  const [count, half] = [weights.length, weights.length / 2];
  for (let i = 0; i < pivots.length; i++) {
    let sum = residual[i] ?? 0;
    for (let k = 0; k < half; k++) sum -= (weights[k] ?? 0) * (to[columns[i * count + k] ?? 0] ?? 0);
    to[i] = sum / (pivots[i] ?? 1);
  }
  for (let i = pivots.length - 1; i >= 0; i--) {
    let sum = 0;
    for (let k = half; k < count; k++) sum += (weights[k] ?? 0) * (to[columns[i * count + k] ?? 0] ?? 0);
    to[i] = (to[i] ?? 0) - sum / (pivots[i] ?? 1);
  }
  return to;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
