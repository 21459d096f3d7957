// Each row of R values is cut into slices of L neighbours; y[row, slice] = (sum, sum of squares, least, greatest, how many
// are positive, how many are negative). Counts stay exact while L is below 2^24.
// Naive: one invocation walks one slice.
struct Uniforms { rows: u32, R: u32, slices: u32, L: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows * u.slices) { return; }
  let start = (i % u.slices) * u.L;
  let first = (i / u.slices) * u.R + start;
  let count = min(u.L, u.R - start);
  var sums = vec2f(0.0);
  var ends = vec2f(x[first]);
  var signs = vec2f(0.0);
  for (var r = 0u; r < count; r++) {
    let value = x[first + r];
    sums += vec2f(value, value * value);
    ends = vec2f(min(ends.x, value), max(ends.y, value));
    signs += vec2f(f32(value > 0.0), f32(value < 0.0));
  }
  y[i * 6u] = sums.x;
  y[i * 6u + 1u] = sums.y;
  y[i * 6u + 2u] = ends.x;
  y[i * 6u + 3u] = ends.y;
  y[i * 6u + 4u] = signs.x;
  y[i * 6u + 5u] = signs.y;
}
