// y = 1 / (1 + exp(-x)). One invocation computes one element. The argument is clamped: beyond
// +-88 exp overflows, and at -87 the result is as small as float32 goes.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load and one store each.
struct Uniforms { n: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  y[i] = T(1.0) / (T(1.0) + exp(-clamp(x[i], T(-87.0), T(87.0))));
}
