// Winograd's minimal filtering (Lavin and Gray 2016, sections 4 and 5): tiles of a picture, seen as polynomials, are
// evaluated at points; there a convolution is a product point by point, of which the points' matrix product takes care.
// y[(i, j), t, c] = sum over rows p and columns q of S[i, p] * S[j, q] * x[n, step*th - top + p, step*tw - left + q, c]
// for tile t = (n, th, tw); zeros outside the picture. One invocation computes all points of a tile's channel.
//   VEC4: C is a multiple of 4; four channels at a time.
//   F4: 6 x 6 points (0, +-3/4, +-3/2 and infinity: smaller errors than the usual 0, +-1, +-2), else 4 x 4 (0, +-1, infinity).
//   S is one of three matrices: INPUT, the paper's B^T; WEIGHTS, its G, of 3 x 3 taps, which FLIP turns by 180 degrees;
//   else G of the gradient's tiles of 4 x 4 (F4) or 2 x 2, for the weights' gradient.
//   PACKED: y lies as product.wgsl wants its left operand, [points, C, tiles], `stride` tiles to a channel; SCATTERED with
//   four channels at a time.
// H, W, C are of what is read, TH and TW count a picture's tiles; tiles from `first` on, `count` of them; those from
// `end` on are zeros.
struct Uniforms {
  H: u32, W: u32, C: u32, TH: u32, TW: u32, step: u32, top: i32, left: i32, first: u32, count: u32, end: u32,
  stride: u32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
//#if SCATTERED
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
//#else
@group(0) @binding(1) var<storage, read_write> y: array<T>;
//#endif
@group(0) @binding(2) var<uniform> u: Uniforms;

struct Line { a: T, b: T, c: T, d: T, e: T, f: T }
struct Tile { n: u32, h: i32, w: i32, c: u32, exists: bool }

fn load(at: Tile, p: i32, q: i32) -> T {
  //#if FLIP
  let h = at.h + 2 - p;
  let w = at.w + 2 - q;
  //#else
  let h = at.h + p;
  let w = at.w + q;
  //#endif
  let inside = at.exists & (h >= 0) & (w >= 0) & (h < i32(u.H)) & (w < i32(u.W));
  let i = select(0u, ((at.n * u.H + u32(h)) * u.W + u32(w)) * (u.C / L) + at.c, inside);
  return select(T(0.0), x[i], inside);
}

/** A row of the tile, in as many values as S has columns. */
fn row(at: Tile, p: i32) -> Line {
  var v = Line();
  v.a = load(at, p, 0);
  v.b = load(at, p, 1);
  //#if THREE
  v.c = load(at, p, 2);
  //#endif
  //#if FOUR
  v.d = load(at, p, 3);
  //#endif
  //#if SIX
  v.e = load(at, p, 4);
  v.f = load(at, p, 5);
  //#endif
  return v;
}

//#if INPUT
//#if F4
fn spread(p: Line) -> Line {
  let even = p.e - 2.25 * p.c;
  let odd = 0.75 * p.d - 1.6875 * p.b;
  let wideEven = p.e - 0.5625 * p.c;
  let wideOdd = 1.5 * p.d - 0.84375 * p.b;
  return Line(
    1.265625 * p.a - 2.8125 * p.c + p.e, even + odd, even - odd, wideEven + wideOdd, wideEven - wideOdd,
    1.265625 * p.b - 2.8125 * p.d + p.f,
  );
}
//#else
fn spread(p: Line) -> Line {
  return Line(p.c - p.a, p.b + p.c, p.c - p.b, p.d - p.b, T(0.0), T(0.0));
}
//#endif
//#else
//#if F4
fn spread(p: Line) -> Line {
  let even = (-128.0 / 243.0) * p.a - (8.0 / 27.0) * p.c;
  let odd = (-32.0 / 81.0) * p.b - (2.0 / 9.0) * p.d;
  let wideEven = (32.0 / 243.0) * p.a + (8.0 / 27.0) * p.c;
  let wideOdd = (16.0 / 81.0) * p.b + (4.0 / 9.0) * p.d;
  //#if FOUR
  let last = p.d;
  //#else
  let last = p.c;
  //#endif
  return Line((64.0 / 81.0) * p.a, even + odd, even - odd, wideEven + wideOdd, wideEven - wideOdd, last);
}
//#else
fn spread(p: Line) -> Line {
  let even = 0.5 * (p.a + p.c);
  let odd = 0.5 * p.b;
  //#if THREE
  let last = p.c;
  //#else
  let last = p.b;
  //#endif
  return Line(-p.a, even + odd, even - odd, last, T(0.0), T(0.0));
}
//#endif
//#endif

fn put(i: u32, v: T) {
  //#if SCATTERED
  y[i] = v.x;
  y[i + u.stride] = v.y;
  y[i + 2u * u.stride] = v.z;
  y[i + 3u * u.stride] = v.w;
  //#else
  y[i] = v;
  //#endif
}

/** Writes a column of points; i is where its first stands, and the next row's are `apart` further on. */
fn store(i: u32, apart: u32, v: Line) {
  put(i, v.a);
  put(i + apart, v.b);
  put(i + 2u * apart, v.c);
  put(i + 3u * apart, v.d);
  //#if F4
  put(i + 4u * apart, v.e);
  put(i + 5u * apart, v.f);
  //#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channels = u.C / L;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.count * channels) { return; }
  //#if PACKED
  // neighbours write neighbouring tiles
  let tile = i % u.count;
  let c = i / u.count;
  let to = c * L * u.stride + tile;
  let point = u.C * u.stride;
  //#else
  // neighbours read and write neighbouring channels
  let tile = i / channels;
  let c = i % channels;
  let to = i;
  let point = u.count * channels;
  //#endif
  let t = u.first + tile;
  let corner = vec2i(vec2u(t / u.TW % u.TH, t % u.TW) * u.step) - vec2i(u.top, u.left);
  let at = Tile(t / (u.TW * u.TH), corner.x, corner.y, c, t < u.end);
  let r0 = spread(row(at, 0));
  let r1 = spread(row(at, 1));
  var r2 = Line(); var r3 = Line(); var r4 = Line(); var r5 = Line();
  //#if THREE
  r2 = spread(row(at, 2));
  //#endif
  //#if FOUR
  r3 = spread(row(at, 3));
  //#endif
  //#if SIX
  r4 = spread(row(at, 4));
  r5 = spread(row(at, 5));
  //#endif
  //#if F4
  let apart = 6u * point;
  store(to + 4u * point, apart, spread(Line(r0.e, r1.e, r2.e, r3.e, r4.e, r5.e)));
  store(to + 5u * point, apart, spread(Line(r0.f, r1.f, r2.f, r3.f, r4.f, r5.f)));
  //#else
  let apart = 4u * point;
  //#endif
  store(to, apart, spread(Line(r0.a, r1.a, r2.a, r3.a, r4.a, r5.a)));
  store(to + point, apart, spread(Line(r0.b, r1.b, r2.b, r3.b, r4.b, r5.b)));
  store(to + 2u * point, apart, spread(Line(r0.c, r1.c, r2.c, r3.c, r4.c, r5.c)));
  store(to + 3u * point, apart, spread(Line(r0.d, r1.d, r2.d, r3.d, r4.d, r5.d)));
}
