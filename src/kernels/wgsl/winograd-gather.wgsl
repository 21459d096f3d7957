// Winograd's minimal filtering, the way back (Lavin and Gray 2016): from products at points to pixels.
// y[n, step*th + p, step*tw + q, c] = b[c] + sum over points i, j of A[i, p] * A[j, q] * x[(i, j), t, c], tile t = (n, th, tw),
// inside y. One invocation computes the pixels of a tile's channel. F4 and VEC4 as in winograd-spread.wgsl.
//   WEIGHTS: A is the matrix for 3 x 3 taps, the weights' gradient; each point's x comes in `slices` to be added up.
//   Else the paper's A, for 4 x 4 pixels (F4) or 2 x 2.
// H, W, C are of y, TH and TW count a picture's tiles; tiles from `first` on, `count` of them.
struct Uniforms {
  H: u32, W: u32, C: u32, TH: u32, TW: u32, step: u32, first: u32, count: u32, slices: u32, hasBias: u32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

struct Line { a: T, b: T, c: T, d: T, e: T, f: T }

/** What this tile has at a point; i is the tile's place at point 0, and `point` values lie between two points. */
fn load(i: u32, point: u32, e: u32) -> T {
  //#if WEIGHTS
  var sum = T(0.0);
  for (var s = 0u; s < u.slices; s++) { sum += x[i + point * (e * u.slices + s)]; }
  return sum;
  //#else
  return x[i + point * e];
  //#endif
}

fn row(i: u32, point: u32, p: u32) -> Line {
  //#if F4
  let e = 6u * p;
  return Line(
    load(i, point, e), load(i, point, e + 1u), load(i, point, e + 2u), load(i, point, e + 3u), load(i, point, e + 4u),
    load(i, point, e + 5u),
  );
  //#else
  let e = 4u * p;
  return Line(load(i, point, e), load(i, point, e + 1u), load(i, point, e + 2u), load(i, point, e + 3u), T(0.0), T(0.0));
  //#endif
}

fn gather(p: Line) -> Line {
  //#if F4
  let even = p.b + p.c;
  let odd = p.b - p.c;
  let wideEven = p.d + p.e;
  let wideOdd = p.d - p.e;
  let y0 = p.a + even + wideEven;
  let y1 = 0.75 * odd + 1.5 * wideOdd;
  let y2 = 0.5625 * even + 2.25 * wideEven;
  //#if WEIGHTS
  return Line(y0, y1, y2 + p.f, T(0.0), T(0.0), T(0.0));
  //#else
  return Line(y0, y1, y2, 0.421875 * odd + 3.375 * wideOdd + p.f, T(0.0), T(0.0));
  //#endif
  //#else
  //#if WEIGHTS
  return Line(p.a + p.b + p.c, p.b - p.c, p.b + p.c + p.d, T(0.0), T(0.0), T(0.0));
  //#else
  return Line(p.a + p.b + p.c, p.b - p.c + p.d, T(0.0), T(0.0), T(0.0), T(0.0));
  //#endif
  //#endif
}

struct Place { n: u32, h: u32, w: u32, c: u32 }

fn put(at: Place, q: u32, value: T) {
  let w = at.w + q;
  if (at.h < u.H && w < u.W) { y[((at.n * u.H + at.h) * u.W + w) * (u.C / L) + at.c] = value; }
}

fn store(tile: Place, p: u32, bias: T, v: Line) {
  let at = Place(tile.n, tile.h + p, tile.w, tile.c);
  put(at, 0u, v.a + bias);
  put(at, 1u, v.b + bias);
  //#if THREE
  put(at, 2u, v.c + bias);
  //#endif
  //#if FOUR
  put(at, 3u, v.d + bias);
  //#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channels = u.C / L;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.count * channels) { return; }
  let t = u.first + i / channels;
  let c = i % channels;
  let at = Place(t / (u.TW * u.TH), t / u.TW % u.TH * u.step, t % u.TW * u.step, c);
  let point = u.count * channels;
  let bias = select(T(0.0), b[c], u.hasBias != 0u);
  let r0 = gather(row(i, point, 0u));
  let r1 = gather(row(i, point, 1u));
  let r2 = gather(row(i, point, 2u));
  let r3 = gather(row(i, point, 3u));
  //#if F4
  let r4 = gather(row(i, point, 4u));
  let r5 = gather(row(i, point, 5u));
  //#else
  let r4 = Line();
  let r5 = Line();
  //#endif
  // the columns' results are the rows of pixels, one column at a time
  let c0 = gather(Line(r0.a, r1.a, r2.a, r3.a, r4.a, r5.a));
  let c1 = gather(Line(r0.b, r1.b, r2.b, r3.b, r4.b, r5.b));
  let c2 = gather(Line(r0.c, r1.c, r2.c, r3.c, r4.c, r5.c));
  let c3 = gather(Line(r0.d, r1.d, r2.d, r3.d, r4.d, r5.d));
  store(at, 0u, bias, Line(c0.a, c1.a, c2.a, c3.a, r4.a, r5.a));
  store(at, 1u, bias, Line(c0.b, c1.b, c2.b, c3.b, r4.a, r5.a));
  //#if THREE
  store(at, 2u, bias, Line(c0.c, c1.c, c2.c, c3.c, r4.a, r5.a));
  //#endif
  //#if FOUR
  store(at, 3u, bias, Line(c0.d, c1.d, c2.d, c3.d, r4.a, r5.a));
  //#endif
}
