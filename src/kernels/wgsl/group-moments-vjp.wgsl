// The sums that the gradient of a group normalisation needs, of each group of x seen as [outer, R, G, K]: the mean over R
// and K of dy * gamma (where a mean was subtracted, KIND 0), and of dy * gamma * xhat, xhat = (x - mean) * factor.
// KIND 2 divides by no count, and an xhat that the lower bound on the size decides has no such second term.
// Naive: one invocation computes one group.
struct Uniforms { outer: u32, R: u32, G: u32, K: u32, epsilon: f32, kind: u32, hasGamma: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<vec2f>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(5) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.G) { return; }
  let firstC = (i % u.G) * u.K;
  let first = (i / u.G) * u.R * u.G * u.K + firstC;
  let s = stats[i];
  var total = vec3f(0.0);
  for (var r = 0u; r < u.R; r++) {
    for (var k = 0u; k < u.K; k++) {
      let at = first + r * u.G * u.K + k;
      var v = dy[at];
      if (u.hasGamma != 0u) { v *= gamma[firstC + k]; }
      total += vec3f(v, v * (x[at] - s.x) * s.y, x[at] * x[at]);
    }
  }
  let count = f32(u.R * u.K);
  if (u.kind == 2u) { sums[i] = vec2f(0.0, select(0.0, total.y, total.z > u.epsilon)); }
  else { sums[i] = vec2f(select(0.0, total.x / count, u.kind == 0u), total.y / count); }
}
