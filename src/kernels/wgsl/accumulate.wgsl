// sum += weight * x, or sum = weight * x where first is 1, whatever sum held. One invocation adds one element.
//   VEC4: n is a multiple of 4; one invocation adds four.
struct Uniforms { n: u32, weight: f32, first: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> sum: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  var value = u.weight * x[i];
  if (u.first == 0u) { value += sum[i]; }
  sum[i] = value;
}
