// y = a / (b + epsilon sign(b)), where the sign of 0 is 1: no denominator lies nearer to 0 than epsilon. One invocation
// computes one element.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load of each and one store.
struct Uniforms { n: u32, epsilon: f32 }

//#if VEC4
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
  y[i] = a[i] / (b[i] + select(T(-u.epsilon), T(u.epsilon), b[i] >= T(0.0)));
}
