// y[row] = index of the largest of the row's C values, the lowest index on a tie. One invocation computes one row.
struct Uniforms { rows: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows) { return; }
  var best = 0u;
  for (var c = 1u; c < u.C; c++) {
    if (x[i * u.C + c] > x[i * u.C + best]) { best = c; }
  }
  y[i] = i32(best);
}
