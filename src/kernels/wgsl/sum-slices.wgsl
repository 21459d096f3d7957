// y[i] = sum over slices s of x[s, i], plus the bias of its column: joins what a kernel computed in pieces.
// One invocation computes one element.
//   VEC4: n and C are multiples of 4; four elements at a time.
struct Uniforms { n: u32, slices: u32, C: u32, hasBias: u32 }

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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let n = u.n / L;
  if (i >= n) { return; }
  var sum = T(0.0);
  for (var s = 0u; s < u.slices; s++) { sum += x[s * n + i]; }
  if (u.hasBias != 0u) { sum += b[i % (u.C / L)]; }
  y[i] = sum;
}
