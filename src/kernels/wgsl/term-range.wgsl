// Of the terms t = b[c] * x[o, r, c] of each o and c: y[o, 0, c] is minus the least |t| over r, y[o, 1, c] the greatest
// |t|, y[o, 2, c] the sum of t. (Minus the least, so that a maximum over c gives both ends for all channels together.)
// b holds B numbers: one for each channel, or one for all.
// Naive: one invocation walks the positions of one channel.
struct Uniforms { outer: u32, R: u32, C: u32, B: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.C) { return; }
  let c = i % u.C;
  let o = i / u.C;
  let factor = b[c % u.B];
  let first = o * u.R * u.C + c;
  // rounding keeps the order of products: the ends of |t| are |b| times those of |x|
  var least = abs(x[first]);
  var greatest = least;
  var sum = 0.0;
  for (var r = 0u; r < u.R; r++) {
    let value = x[first + r * u.C];
    least = min(least, abs(value));
    greatest = max(greatest, abs(value));
    sum += value;
  }
  let at = o * 3u * u.C + c;
  y[at] = -abs(factor) * least;
  y[at + u.C] = abs(factor) * greatest;
  y[at + 2u * u.C] = factor * sum;
}
