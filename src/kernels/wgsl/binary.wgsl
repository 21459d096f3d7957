// y = a + b (ADD), a - b (SUB), a / b or 0 where b is 0 (DIV), the greater (MAX) or the lesser (MIN) of both, a where it
// is positive and else a * b (PRELU), or a * b (none of these), with broadcasting. One invocation computes one element.
// d0..d3 are y's extents, a0..a3 and b0..b3 the inputs' strides, 0 along an axis that is repeated.
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
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

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
  //#if ADD
  y[i] = v + w;
  //#elif SUB
  y[i] = v - w;
  //#elif DIV
  // the divisor is replaced first: x / 0 may be anything in WGSL
  let zero = w == T(0.0);
  y[i] = select(v / select(w, T(1.0), zero), T(0.0), zero);
  //#elif MAX
  y[i] = max(v, w);
  //#elif MIN
  y[i] = min(v, w);
  //#elif PRELU
  y[i] = select(v * w, v, v > T(0.0));
  //#else
  y[i] = v * w;
  //#endif
}
