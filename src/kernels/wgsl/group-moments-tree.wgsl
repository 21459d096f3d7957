// What group-moments.wgsl computes, a workgroup of 64 lanes to a group: each lane strides over the group, and the 64
// partial sums are combined in workgroup memory.
struct Uniforms { outer: u32, R: u32, G: u32, K: u32, epsilon: f32, kind: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  if (i >= u.outer * u.G) { return; }
  let first = (i / u.G) * u.R * u.G * u.K + (i % u.G) * u.K;
  let n = u.R * u.K;
  var mean = 0.0;
  if (u.kind == 0u) {
    var sum = 0.0;
    for (var j = lane; j < n; j += 64u) { sum += x[first + j / u.K * u.G * u.K + j % u.K]; }
    partial[lane] = sum;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
      if (lane < half) { partial[lane] += partial[lane + half]; }
      workgroupBarrier();
    }
    mean = partial[0] / f32(n);
    workgroupBarrier();
  }
  var squares = 0.0;
  for (var j = lane; j < n; j += 64u) {
    let v = x[first + j / u.K * u.G * u.K + j % u.K] - mean;
    squares += v * v;
  }
  partial[lane] = squares;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let size = select(partial[0] / f32(n) + u.epsilon, max(partial[0], u.epsilon), u.kind == 2u);
    stats[i] = vec2f(mean, inverseSqrt(size));
  }
}
