// What group-moments-vjp.wgsl computes, a workgroup of 64 lanes to a group: each lane strides over the group, and the 64
// partial sums are combined in workgroup memory.
struct Uniforms { outer: u32, R: u32, G: u32, K: u32, epsilon: f32, kind: u32, hasGamma: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<vec2f>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(5) var<uniform> u: Uniforms;

var<workgroup> partial: array<vec3f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  if (i >= u.outer * u.G) { return; }
  let firstC = (i % u.G) * u.K;
  let first = (i / u.G) * u.R * u.G * u.K + firstC;
  let n = u.R * u.K;
  let s = stats[i];
  var total = vec3f(0.0);
  for (var j = lane; j < n; j += 64u) {
    let k = j % u.K;
    let at = first + j / u.K * u.G * u.K + k;
    var v = dy[at];
    if (u.hasGamma != 0u) { v *= gamma[firstC + k]; }
    total += vec3f(v, v * (x[at] - s.x) * s.y, x[at] * x[at]);
  }
  partial[lane] = total;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) {
    total = partial[0];
    if (u.kind == 2u) { sums[i] = vec2f(0.0, select(0.0, total.y, total.z > u.epsilon)); }
    else { sums[i] = vec2f(select(0.0, total.x / f32(n), u.kind == 0u), total.y / f32(n)); }
  }
}
