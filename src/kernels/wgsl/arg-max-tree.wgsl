// Index of the largest of each row's C values, the lowest on a tie; a workgroup of 64 lanes to a row.
// Lanes keep their own best, then pairs are compared in workgroup memory: larger value first, lower index on a tie.
struct Uniforms { rows: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> best: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= u.rows) { return; }
  let first = row * u.C;
  var mine = min(lane, u.C - 1u);
  for (var c = lane; c < u.C; c += 64u) {
    if (x[first + c] > x[first + mine]) { mine = c; }
  }
  best[lane] = mine;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      let a = best[lane];
      let b = best[lane + half];
      let better = x[first + b] > x[first + a] || (x[first + b] == x[first + a] && b < a);
      best[lane] = select(a, b, better);
    }
    workgroupBarrier();
  }
  if (lane == 0u) { y[row] = i32(best[0]); }
}
