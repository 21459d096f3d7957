import { ShapeError } from "../../errors.ts";

/** Rounds of power iteration at most; the direction settles long before where the first singular value stands out. */
const ROUNDS = 1000;
/** Change of the direction between rounds below which it has settled. */
const SETTLED = 1e-12;

/** A matrix [rows, columns], row after row, in float64. */
interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** First right singular vector of a matrix: the direction along which its rows vary most from zero. It is found by power
 * iteration on the smaller of the two Gram matrices, in float64.
 * @param values [rows, columns], row after row
 * @returns      [columns], of length 1; its sign is open, so it is chosen such that the projections of the rows on it hold
 *               more positive than negative mass (of centred rows, the longer tail); all zeros for a matrix of zeros
 * @throws       ShapeError if the number of values is not rows * columns */
export function firstRightSingularVector(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  if (values.length !== rows * columns)
    throw new ShapeError(
      `firstRightSingularVector: got ${values.length} values for ${rows} rows of ${columns}; it takes ${rows * columns}`,
    );
  // squares of very small or large values would leave float64's range
  const data = new Float64Array(values);
  const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (!(most > 0)) return new Float64Array(columns);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) / most;
  const matrix = { data, rows, columns };
  const wide = columns > rows;
  const first = dominant(wide ? gram(matrix) : gram(transposed(matrix)));
  // of A A^T the eigenvector is the left singular vector u; the right one is A^T u
  const direction = wide ? unit(times(transposed(matrix), first)) : first;
  return leansNegative(times(matrix, direction)) ? direction.map((value) => -value) : direction;
}

/** Whether values hold more negative mass than positive; where both are equal, as round a mean, whether they reach further
 * below zero than above. */
function leansNegative(values: Float64Array): boolean {
  const balance = values.reduce((a, b) => a + b, 0);
  const mass = values.reduce((a, b) => a + Math.abs(b), 0);
  if (Math.abs(balance) > 1e-6 * mass) return balance < 0;
  return values.reduce((a, b) => a + b ** 3, 0) < 0;
}

/** Eigenvector of the largest eigenvalue of a symmetric, positive semidefinite matrix other than zero. */
function dominant(square: Matrix): Float64Array {
  let v = unit(times(square, largestColumn(square)));
  for (let round = 0; round < ROUNDS; round++) {
    const next = unit(times(square, v));
    const change = next.reduce((most, value, i) => Math.max(most, Math.abs(value - (v[i] ?? 0))), 0);
    v = next;
    if (change < SETTLED) break;
  }
  return v;
}

/** The column through the largest diagonal element: no start that is known to be orthogonal to what is sought. */
function largestColumn({ data, rows }: Matrix): Float64Array {
  let best = 0;
  for (let i = 1; i < rows; i++) if ((data[i * rows + i] ?? 0) > (data[best * rows + best] ?? 0)) best = i;
  return data.slice(best * rows, (best + 1) * rows);
}

/** M M^T */
function gram(matrix: Matrix): Matrix {
  const { rows, columns, data } = matrix;
  const result = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += (data[i * columns + k] ?? 0) * (data[j * columns + k] ?? 0);
      result[i * rows + j] = sum;
      result[j * rows + i] = sum;
    }
  }
  return { data: result, rows, columns: rows };
}

function transposed({ data, rows, columns }: Matrix): Matrix {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j] ?? 0;
  return { data: result, rows: columns, columns: rows };
}

function times({ data, rows, columns }: Matrix, v: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += (data[i * columns + j] ?? 0) * (v[j] ?? 0);
    result[i] = sum;
  }
  return result;
}

/** @returns v over its length; v itself where that is 0 */
function unit(v: Float64Array): Float64Array {
  const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? v.map((value) => value / length) : v;
}
