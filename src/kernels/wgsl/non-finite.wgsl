// Notes that x holds a NaN or an infinity: flag = min(flag, mark).
// One invocation looks at one element. It looks at the bits, since WGSL need not honour NaN in comparisons.
struct Uniforms { n: u32, mark: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> flag: atomic<u32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < u.n && (x[i] & 0x7f800000u) == 0x7f800000u) {
    atomicMin(&flag, u.mark);
  }
}
