import { ShapeError } from "../../errors.ts";
import { matmulKernel } from "../../kernels/matmul.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

export interface MatmulOptions {
  /** a is [n, k, m]. */
  readonly transposeA?: boolean;
  /** b is [n, c, k]. */
  readonly transposeB?: boolean;
}

interface Turned {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of matrices, one to a row of the batch: [n, m, k] times [n, k, c] is [n, m, c].
 * @throws ShapeError unless both have three axes and the extents fit */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const turned = { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false };
  const [batch, , k] = extents(a, turned.transposeA);
  const [other, rows] = extents(b, turned.transposeB);
  if (a.shape.length !== 3 || b.shape.length !== 3 || batch !== other || k !== rows)
    throw new ShapeError(
      `matmul: ${shown("a", a)}${turned.transposeA ? " transposed" : ""} and ${shown("b", b)}` +
        `${turned.transposeB ? " transposed" : ""} do not fit; [n, m, k] and [n, k, c] are wanted`,
    );
  return matmulOp.apply({ a, b }, turned);
}

/** Batch, rows and columns of a matrix that may be stored transposed. */
function extents({ shape }: Tensor, transposed: boolean): [number, number, number] {
  const [n = 0, rows = 0, columns = 0] = shape;
  return transposed ? [n, columns, rows] : [n, rows, columns];
}

function multiply(a: Tensor, b: Tensor, { transposeA, transposeB }: Turned): Tensor {
  const [n, M, K] = extents(a, transposeA);
  const [, , N] = extents(b, transposeB);
  const y = a.engine.empty([n, M, N]);
  const left = transposeA ? { aM: 1, aK: M } : { aM: K, aK: 1 };
  const right = transposeB ? { bK: 1, bN: K } : { bK: N, bN: 1 };
  overRows({ inputs: { a, b }, outputs: { y } }, (ranges, B) => {
    a.engine.run(matmulKernel, ranges, { B, M, N, K, ...left, ...right });
  });
  return y;
}

const matmulOp = defineOp<Turned>({
  name: "matmul",
  forward: (inputs, turned) => multiply(need(inputs, "a"), need(inputs, "b"), turned),
  vjp: (dy, { inputs, params: { transposeA, transposeB }, wanted }) => {
    const a = need(inputs, "a");
    const b = need(inputs, "b");
    // y = A B with A = a or its transpose: dA = dy B^T, dB = A^T dy
    const da = () =>
      transposeA
        ? multiply(b, dy, { transposeA: transposeB, transposeB: true })
        : multiply(dy, b, { transposeA: false, transposeB: !transposeB });
    const db = () =>
      transposeB
        ? multiply(dy, a, { transposeA: true, transposeB: transposeA })
        : multiply(a, dy, { transposeA: !transposeA, transposeB: false });
    return { a: wanted.has("a") ? da() : undefined, b: wanted.has("b") ? db() : undefined };
  },
});
