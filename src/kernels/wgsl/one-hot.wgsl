// y[row, c] = 1 where c is the row's index, else 0. One invocation computes one element.
struct Uniforms { n: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<i32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n) { return; }
  y[i] = select(0.0, 1.0, x[i / u.C] == i32(i % u.C));
}
