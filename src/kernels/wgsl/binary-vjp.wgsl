// Gradients of operations on pairs, with regard to a (FIRST) or b, before what broadcasting repeated is added up:
//   MAX     a: dy * [a >= b]            b: dy * [a < b]      equal elements: all to the first, as in TensorFlow
//   MIN     a: dy * [a <= b]            b: dy * [a > b]
//   neither (PRELU)   a: dy where a > 0, dy * b where a < 0, 0 at 0, as in TensorFlow         b: dy * min(a, 0)
// One invocation computes one element. d1..d3 are dy's extents, a0..a3 and b0..b3 the strides, 0 along a repeated axis.
//   SAME: shapes are equal and n a multiple of 4; four elements at a time, no index arithmetic.
struct Uniforms {
  n: u32, d1: u32, d2: u32, d3: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, b0: u32, b1: u32, b2: u32, b3: u32,
}

//#if SAME
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> a: array<T>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<storage, read_write> d: array<T>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  //#if SAME
  let v = a[i];
  let w = b[i];
  //#else
  let at = vec4u(i / (u.d1 * u.d2 * u.d3), (i / (u.d2 * u.d3)) % u.d1, (i / u.d3) % u.d2, i % u.d3);
  let v = a[at.x * u.a0 + at.y * u.a1 + at.z * u.a2 + at.w * u.a3];
  let w = b[at.x * u.b0 + at.y * u.b1 + at.z * u.b2 + at.w * u.b3];
  //#endif
  //#if MAX
    //#if FIRST
  d[i] = select(T(0.0), dy[i], v >= w);
    //#else
  d[i] = select(dy[i], T(0.0), v >= w);
    //#endif
  //#elif MIN
    //#if FIRST
  d[i] = select(T(0.0), dy[i], v <= w);
    //#else
  d[i] = select(dy[i], T(0.0), v <= w);
    //#endif
  //#else
    //#if FIRST
  d[i] = dy[i] * select(select(w, T(0.0), v == T(0.0)), T(1.0), v > T(0.0));
    //#else
  d[i] = dy[i] * min(v, T(0.0));
    //#endif
  //#endif
}
