// Activations, one to a variant: y = f(x), or (GRADIENT) dx = dy * f'(x). One invocation computes one element.
// a, b, c and d are the function's constants, if it has any.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load and one store each.
// exp, tanh and log of WGSL lose digits (and tanh overflows to NaN) on some drivers, so that none of them is used here:
// all exponentials have an argument of at most 0 where they are divided by, and are built from sums, products and bits.
struct Uniforms { n: u32, a: f32, b: f32, c: f32, d: f32 }

//#if VEC4
alias T = vec4f;
alias Whole = vec4i;
const L: u32 = 4u;
//#else
alias T = f32;
alias Whole = i32;
const L: u32 = 1u;
//#endif

//#if GRADIENT
@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read_write> dx: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;
//#else
@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;
//#endif

// 2^k for whole k from -126 to 127, by the bits of its exponent
fn power(k: T) -> T {
  return bitcast<T>((Whole(k) + Whole(127)) * Whole(8388608));
}

// e^v = 2^k e^r with |r| <= ln 2 / 2. The product of k and the first part of ln 2 is exact.
fn exponential(v: T) -> T {
  let z = clamp(v, T(-104.0), T(89.0));
  let k = round(z * 1.44269504);
  let r = (z - k * 0.693359375) + k * 2.12194440e-4;
  let tail = 0.0083333333 + r * (0.0013888889 + r * 1.9841270e-4);
  let p = 1.0 + r * (1.0 + r * (0.5 + r * (0.16666667 + r * (0.041666667 + r * tail))));
  let half = floor(k * 0.5);
  return p * power(half) * power(k - half);
}

// e^v - 1 for v <= 0; near 0 by its series, where the difference would cancel
fn exponentialLess1(v: T) -> T {
  let tail = 0.2 * v * (1.0 + 0.16666667 * v * (1.0 + 0.14285714 * v * (1.0 + 0.125 * v)));
  let near = v * (1.0 + 0.5 * v * (1.0 + 0.33333333 * v * (1.0 + 0.25 * v * (1.0 + tail))));
  return select(exponential(v) - 1.0, near, v > T(-0.5));
}

// log(1 + z) = 2 artanh(z / (z + 2)) for z from 0 to 1
fn logarithm1(z: T) -> T {
  let s = z / (z + 2.0);
  let q = s * s;
  let tail = 0.11111111 + q * (0.090909091 + q * 0.076923077);
  return 2.0 * s * (1.0 + q * (0.33333333 + q * (0.2 + q * (0.14285714 + q * tail))));
}

fn sigmoid(v: T) -> T {
  let e = exponential(-abs(v));
  return select(T(1.0), e, v < T(0.0)) / (1.0 + e);
}

fn hyperbolicTangent(v: T) -> T {
  let e = exponentialLess1(-2.0 * abs(v));
  return sign(v) * (-e / (e + 2.0));
}

// The normal distribution function, by erfc(z) = exp(-z^2) g(z), z = |v| / sqrt(2). The polynomial in 1 / (1 + z / 2) is
// within 5e-8 of g for z from 0 to 10, beyond which exp(-z^2) is 0; tools/fixtures/fit_erfc.py finds it.
fn normal(v: T) -> T {
  let t = 1.0 / (1.0 + 0.35355339 * abs(v));
  let tail = 0.27807024 + t * (-0.48720271 + t * (0.28457637 + t * -0.05906926));
  let g = t * (0.28208642 + t * (0.28237533 + t * (0.24310357 + t * (0.20268767 + t * (-0.02662768 + t * tail)))));
  let below = 0.5 * exponential(-0.5 * v * v) * g;
  return select(1.0 - below, below, v < T(0.0));
}

//#if GRADIENT
fn slope(v: T) -> T {
  //#if ELU
  return select(T(u.a), u.b * u.c * exponential(u.c * min(v, T(0.0))), v < T(0.0));
  //#elif GELU
  return normal(v) + v * 0.39894228 * exponential(-0.5 * v * v);
  //#elif GELU_TANH
  let z = clamp(v, T(-12.0), T(12.0));
  let w = z * (1.59576912 + 0.0713548163 * z * z);
  let s = sigmoid(w);
  return s + z * s * sigmoid(-w) * (1.59576912 + 0.214064449 * z * z);
  //#elif SILU
  let s = sigmoid(v);
  return s * (1.0 + v * sigmoid(-v));
  //#elif MISH
  let e = exponential(-abs(v));
  let m = select(1.0 + 2.0 * e, e * (e + 2.0), v < T(0.0));
  let below = m + select(2.0 * e * e, T(2.0), v < T(0.0));
  let rest = 2.0 * (1.0 + e) * select(e, T(1.0), v < T(0.0)) / below; // its square is 1 - tanh^2
  return m / below + v * rest * rest * sigmoid(v);
  //#elif CLAMP
  // slope a between c and d (bounds of x here, not of y); b = 1: there, too
  let atEnds = select(T(0.0), T(u.a), ((v == T(u.c)) | (v == T(u.d))) & (T(u.b) > T(0.0)));
  return select(atEnds, T(u.a), (v > T(u.c)) & (v < T(u.d)));
  //#elif HARD_SILU
  return select(select(v * 0.33333333 + 0.5, T(0.0), v <= T(-3.0)), T(1.0), v >= T(3.0));
  //#elif SOFTPLUS
  return sigmoid(u.a * v);
  //#elif SOFTSIGN
  let below = 1.0 + abs(v);
  return 1.0 / below / below;
  //#elif TANH
  let e = exponential(-2.0 * abs(v));
  return 4.0 * e / ((1.0 + e) * (1.0 + e));
  //#elif TANH_SHRINK
  let t = hyperbolicTangent(v);
  return t * t;
  //#elif EXPONENTIAL
  return exponential(v);
  //#elif SQUAREPLUS
  let s = sqrt(v * v + u.a);
  return select(s + v, u.a / (s - v), v < T(0.0)) / s * 0.5;
  //#elif SPARSE_PLUS
  return clamp(0.5 * v + 0.5, T(0.0), T(1.0));
  //#elif THRESHOLD
  return select(T(0.0), T(1.0), v > T(u.a));
  //#else
  return select(T(0.0), T(1.0), abs(v) > T(u.a));
  //#endif
}
//#else
fn value(v: T) -> T {
  //#if ELU
  return select(u.a * v, u.b * exponentialLess1(u.c * min(v, T(0.0))), v < T(0.0));
  //#elif GELU
  return v * normal(v);
  //#elif GELU_TANH
  let z = clamp(v, T(-12.0), T(12.0));
  return v * sigmoid(z * (1.59576912 + 0.0713548163 * z * z));
  //#elif SILU
  return v * sigmoid(v);
  //#elif MISH
  let e = exponential(-abs(v));
  let m = select(1.0 + 2.0 * e, e * (e + 2.0), v < T(0.0));
  return v * m / (m + select(2.0 * e * e, T(2.0), v < T(0.0)));
  //#elif CLAMP
  return clamp(u.a * v + u.b, T(u.c), T(u.d));
  //#elif HARD_SILU
  return v * clamp(v * 0.16666667 + 0.5, T(0.0), T(1.0));
  //#elif SOFTPLUS
  let w = u.a * v;
  return u.a * (max(w, T(0.0)) + logarithm1(exponential(-abs(w))));
  //#elif SOFTSIGN
  return v / (1.0 + abs(v));
  //#elif TANH
  return hyperbolicTangent(v);
  //#elif TANH_SHRINK
  return v - hyperbolicTangent(v);
  //#elif EXPONENTIAL
  return exponential(v);
  //#elif SQUAREPLUS
  let s = sqrt(v * v + u.a);
  return 0.5 * select(s + v, u.a / (s - v), v < T(0.0));
  //#elif SPARSE_PLUS
  return select(select(0.25 * (v + 1.0) * (v + 1.0), T(0.0), v <= T(-1.0)), v, v >= T(1.0));
  //#elif THRESHOLD
  return select(T(u.b), v, v > T(u.a));
  //#elif SOFT_SHRINK
  return v - clamp(v, T(-u.a), T(u.a));
  //#elif HARD_SHRINK
  return select(T(0.0), v, abs(v) > T(u.a));
  //#endif
}
//#endif

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  //#if GRADIENT
  dx[i] = dy[i] * slope(x[i]);
  //#else
  y[i] = value(x[i]);
  //#endif
}
