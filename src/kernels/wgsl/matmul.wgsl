// A batch of matrix products: y[batch, m, n] = sum over k of a[batch, m, k] * b[batch, k, n], y being [B, M, N] and dense.
// a and b are read with strides (of m and k, of k and n), so that either may be transposed.
// Naive: one invocation computes one element.
//   VEC4: n lies densely in b and N is a multiple of 4; one invocation computes four neighbours.
struct Uniforms { B: u32, M: u32, N: u32, K: u32, aM: u32, aK: u32, bK: u32, bN: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let columns = u.N / L;
  if (i >= u.B * u.M * columns) { return; }
  let n = (i % columns) * L;
  let m = (i / columns) % u.M;
  let batch = i / (columns * u.M);
  let row = batch * u.M * u.K + m * u.aM;
  let column = batch * u.K * u.N + n * u.bN;
  var sum = T(0.0);
  for (var k = 0u; k < u.K; k++) { sum += a[row + k * u.aK] * b[(column + k * u.bK) / L]; }
  y[i] = sum;
}
