// Checks of the operations that know height and width, and of the layers around them.
import {
  avgPool2d,
  concat,
  conv2d,
  dense,
  depthwiseConv2d,
  globalAvgPool,
  globalMaxPool,
  maxPool2d,
  relu,
  resize2d,
  zeroPad2d,
} from "../../index.ts";
import { type Check, check } from "./check.ts";
import { cutOff } from "./element-checks.ts";
import { at, fill, largestShared, linear, pick, products, type Scalars } from "./scalar.ts";
import { convolution, depthwise, pooling, type Resizing, resizing, type Sliding } from "./windows.ts";

type Extents = readonly [number, number, number, number];

const plain: Sliding = {
  stride: [1, 1],
  dilation: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
};
export const uneven: Sliding["padding"] = [
  [1, 0],
  [2, 1],
];

export function conv(x: Extents, w: Extents, o: Partial<Sliding> & { groups?: number } = {}): Check {
  const options = { ...plain, groups: 1, ...o };
  return check({
    what: `conv2d of ${w[2]} into ${w[3]} channels`,
    inputs: { x, w, b: [w[3]] },
    run: (t) => conv2d(t.x, t.w, t.b, options),
    known: (s) => convolution(s, options),
  });
}

/** A convolution whose passes go a way that is not every adapter's own: "product", "winograd-2" or "winograd-4". */
export function convBy(
  way: string,
  x: Extents,
  { w, stride = [1, 1] }: { w: Extents; stride?: Sliding["stride"] },
): Check {
  const pins = { conv2d: way, "conv2d-input-vjp": way, "conv2d-filter-vjp": way };
  const made = conv(x, w, { padding: uneven, stride });
  return { ...made, what: `${made.what}, by ${way}`, pins };
}

export function depthwiseConv(x: Extents, w: Extents, o: Partial<Sliding>): Check {
  const options = { ...plain, ...o };
  return check({
    what: `depthwiseConv2d of ${w[2]} channels`,
    inputs: { x, w, b: [w[2] * w[3]] },
    run: (t) => depthwiseConv2d(t.x, t.w, t.b, options),
    known: (s) => depthwise(s, options),
  });
}

export function denseLayer(rows: number, width: number, outputs: number): Check {
  return check({
    what: `dense of ${width} into ${outputs}`,
    inputs: { x: [rows, width], w: [width, outputs], b: [outputs] },
    run: (t) => dense(t.x, t.w, t.b),
    known: ({ x, w, b }) =>
      fill([rows, outputs], (n = 0, k = 0) =>
        products(
          fill([width], (i = 0) => [pick(x, n, i), pick(w, i, k)] as const),
          pick(b, k),
        ),
      ),
  });
}

export function pools(C: number): Check[] {
  const [size, inputs] = [[3, 2] as const, { x: [2, 6, 5, C] }];
  const sliding: Sliding = {
    ...plain,
    stride: [2, 1],
    padding: [
      [1, 0],
      [0, 1],
    ],
  };
  const engines = { max: maxPool2d, avg: avgPool2d };
  return (["max", "avg"] as const).map((kind) =>
    check({
      what: `${kind}Pool2d of ${C} channels`,
      inputs,
      run: ({ x }) => engines[kind](x, { ...sliding, size }),
      known: ({ x }) => pooling(x, { ...sliding, size, max: kind === "max" }),
    }),
  );
}

/** Windows that do not overlap, and pixels behind the last one. */
export function poolApart(C: number): Check {
  const [size, sliding] = [[2, 1] as const, { ...plain, stride: [2, 2] as const }];
  return check({
    what: `maxPool2d of ${C} channels, windows apart`,
    inputs: { x: [2, 5, 4, C] },
    run: ({ x }) => maxPool2d(x, { ...sliding, size }),
    known: ({ x }) => pooling(x, { ...sliding, size, max: true }),
  });
}

export function overPixels(H: number, C: number): Check[] {
  const inputs = { x: [2, H, 9, C] };
  const pixels = (x: Scalars, n = 0, c = 0) => fill([H, 9], (h = 0, v = 0) => pick(x, n, h, v, c));
  return [
    check({
      what: `globalAvgPool of ${9 * H} pixels`,
      inputs,
      run: ({ x }) => globalAvgPool(x),
      known: ({ x }) => fill([2, C], (n, c) => linear(pixels(x, n, c).map((item) => [item, 1 / (9 * H)]))),
    }),
    check({
      what: `globalMaxPool of ${9 * H} pixels`,
      inputs,
      run: ({ x }) => globalMaxPool(x),
      known: ({ x }) => fill([2, C], (n, c) => largestShared(pixels(x, n, c))),
    }),
    // cut off, many pixels tie; of the rules, only deconvnet's lets their shares through the cut
    check({
      what: `globalMaxPool of ${9 * H} pixels with ties`,
      inputs,
      run: ({ x }) => globalMaxPool(relu(x, { max: 0.75 })),
      known: ({ x }) => fill([2, C], (n, c) => largestShared(pixels(x, n, c).map(cutOff("deconvnet")))),
      rule: "deconvnet",
    }),
  ];
}

export function layouts(C: number): Check[] {
  return [
    check({
      what: `zeroPad2d of ${C} channels`,
      inputs: { x: [2, 3, 2, C] },
      run: ({ x }) => zeroPad2d(x, uneven),
      known: ({ x }) =>
        fill([2, 4, 5, C], (n = 0, h = 0, v = 0, c = 0) => {
          const item = at(x, n, h - 1, v - 2, c);
          return linear(item ? [[item, 1]] : []);
        }),
    }),
    check({
      what: `concat of ${C} channels`,
      inputs: { a: [2, 3, C], b: [2, 3, 2 * C] },
      run: (t) => concat([t.a, t.b], -1),
      known: ({ a, b }) =>
        fill([2, 3, 3 * C], (n = 0, i = 0, c = 0) => linear([[c < C ? pick(a, n, i, c) : pick(b, n, i, c - C), 1]])),
    }),
  ];
}

export function resizes(method: Resizing): Check[] {
  return [4, 3].map((C) => {
    const [height, width] = C === 4 ? ([7, 3] as const) : ([2, 9] as const);
    return check({
      what: `resize2d (${method}) of ${C} channels`,
      inputs: { x: [2, 4, 5, C] },
      run: ({ x }) => resize2d(x, { height, width, method }),
      known: ({ x }) => resizing(x, [height, width], method),
    });
  });
}
