// VJP of a dense layer for its weights: dw[k, oc] = sum over n of x[n, k] * dy[n, oc].
// One invocation computes one value. dw may be a piece that begins at row firstK (n counts its elements).
//   VEC4: OC is a multiple of 4; four outputs at a time.
struct Uniforms { n: u32, N: u32, K: u32, OC: u32, firstK: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read_write> dw: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let outputs = u.OC / L;
  let k = u.firstK + i / outputs;
  let oc = i % outputs;
  var sum = T(0.0);
  for (var row = 0u; row < u.N; row++) { sum += x[row * u.K + k] * dy[row * outputs + oc]; }
  dw[i] = sum;
}
