// moving = moving * momentum + value * share, in place, share = 1 - momentum; `value` is read from element `first` on.
// One invocation computes one element.
//   VEC4: n and first are multiples of 4; four elements at a time.
struct Uniforms { n: u32, first: u32, momentum: f32, share: f32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read_write> moving: array<T>;
@group(0) @binding(1) var<storage, read> value: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  moving[i] = moving[i] * u.momentum + value[u.first / L + i] * u.share;
}
