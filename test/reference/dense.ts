import { type Array64, accumulate, at, extent, type Reference, sumsOfProducts, zeros } from "./array.ts";

export interface DenseInputs {
  /** [n, k] */
  readonly x: Array64;
  /** [k, oc] */
  readonly w: Array64;
  readonly b?: Array64;
}

/** x w + b */
export const denseLayer: Reference<DenseInputs> = sumsOfProducts({
  forward: (inputs) => {
    const y = zeros([extent(inputs.x, 0), extent(inputs.w, 1)]);
    const { b } = inputs;
    if (b) for (let i = 0; i < y.data.length; i++) y.data[i] = at(b.data, i % b.data.length);
    visit(inputs, (yi, xi, wi) => accumulate(y.data, yi, at(inputs.x.data, xi) * at(inputs.w.data, wi)));
    return y;
  },
  vjp: (inputs, dy) => {
    const dx = zeros(inputs.x.shape).data;
    const dw = zeros(inputs.w.shape).data;
    visit(inputs, (yi, xi, wi) => {
      accumulate(dx, xi, at(dy.data, yi) * at(inputs.w.data, wi));
      accumulate(dw, wi, at(dy.data, yi) * at(inputs.x.data, xi));
    });
    if (!inputs.b) return { x: dx, w: dw };
    const db = zeros(inputs.b.shape).data;
    dy.data.forEach((value, i) => {
      accumulate(db, i % db.length, value);
    });
    return { x: dx, w: dw, b: db };
  },
});

function visit({ x, w }: DenseInputs, product: (yi: number, xi: number, wi: number) => void): void {
  const [n, k, oc] = [extent(x, 0), extent(w, 0), extent(w, 1)];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) for (let o = 0; o < oc; o++) product(i * oc + o, i * k + j, j * oc + o);
}
