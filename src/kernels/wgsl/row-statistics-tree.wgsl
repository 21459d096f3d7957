// Each row of R values is cut into slices of L neighbours; y[row, slice] = (sum, sum of squares, least, greatest, how many
// are positive, how many are negative). Counts stay exact while L is below 2^24.
// A workgroup of 64 lanes to a slice: neighbouring lanes load neighbours in memory, and their partial results are
// combined in workgroup memory.
struct Uniforms { rows: u32, R: u32, slices: u32, L: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

// (sum, sum of squares, positive, negative) and (least, greatest) of each lane
var<workgroup> added: array<vec4f, 64>;
var<workgroup> ends: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let all = u.rows * u.slices;
  let i = min(group.y * groups.x + group.x, all - 1u);
  let start = (i % u.slices) * u.L;
  let first = (i / u.slices) * u.R + start;
  let count = min(u.L, u.R - start);
  var sums = vec4f(0.0);
  var range = vec2f(x[first]);
  for (var r = lane; r < count; r += 64u) {
    let value = x[first + r];
    sums += vec4f(value, value * value, f32(value > 0.0), f32(value < 0.0));
    range = vec2f(min(range.x, value), max(range.y, value));
  }
  added[lane] = sums;
  ends[lane] = range;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      added[lane] += added[lane + half];
      let other = ends[lane + half];
      ends[lane] = vec2f(min(ends[lane].x, other.x), max(ends[lane].y, other.y));
    }
    workgroupBarrier();
  }
  if (lane == 0u && group.y * groups.x + group.x < all) {
    y[i * 6u] = added[0].x;
    y[i * 6u + 1u] = added[0].y;
    y[i * 6u + 2u] = ends[0].x;
    y[i * 6u + 3u] = ends[0].y;
    y[i * 6u + 4u] = added[0].z;
    y[i * 6u + 5u] = added[0].w;
  }
}
