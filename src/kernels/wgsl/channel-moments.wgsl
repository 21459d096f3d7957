// Mean and variance of each channel of x [rows, C], in two steps that lose no digits: first of each slice of L rows the
// number of rows, their mean and the sum of their squared distances from it, y [slices, 3, C]; then (JOIN) of these
// triples, x [rows, 3, C] in one slice, the mean and variance of all, y [2, C]: Chan, Golub and LeVeque 1979.
// The variance is the biased one, and comes from a second walk over the slice: subtracting squares would cancel.
// Naive: one invocation computes one channel of one slice.
struct Uniforms { rows: u32, C: u32, slices: u32, L: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.slices * u.C) { return; }
  let s = i / u.C;
  let c = i % u.C;
  let end = min((s + 1u) * u.L, u.rows);
  var count = 0.0;
  var sum = 0.0;
  for (var r = s * u.L; r < end; r++) {
    //#if JOIN
    let n = x[3u * r * u.C + c];
    sum += n * x[(3u * r + 1u) * u.C + c];
    count += n;
    //#else
    sum += x[r * u.C + c];
    count += 1.0;
    //#endif
  }
  let mean = sum / max(count, 1.0);
  var squares = 0.0;
  for (var r = s * u.L; r < end; r++) {
    //#if JOIN
    let d = x[(3u * r + 1u) * u.C + c] - mean;
    squares += x[3u * r * u.C + c] * d * d + x[(3u * r + 2u) * u.C + c];
    //#else
    let d = x[r * u.C + c] - mean;
    squares += d * d;
    //#endif
  }
  //#if JOIN
  y[c] = mean;
  y[u.C + c] = squares / max(count, 1.0);
  //#else
  y[3u * s * u.C + c] = count;
  y[(3u * s + 1u) * u.C + c] = mean;
  y[(3u * s + 2u) * u.C + c] = squares;
  //#endif
}
