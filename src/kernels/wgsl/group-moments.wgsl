// For x seen as [outer, R, G, K], of each group g of each o: the mean over R and K, and the factor that brings its elements
// to a common size. KIND 0: 1 / sqrt(variance + epsilon); 1: 1 / sqrt(mean of squares + epsilon), the mean counting
// as 0; 2: 1 / sqrt(max(sum of squares, epsilon)), the mean counting as 0.
// The variance is the mean of (x - mean)^2, in a second pass: subtracting squares would cancel.
// Naive: one invocation computes one group.
struct Uniforms { outer: u32, R: u32, G: u32, K: u32, epsilon: f32, kind: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.G) { return; }
  let first = (i / u.G) * u.R * u.G * u.K + (i % u.G) * u.K;
  let count = f32(u.R * u.K);
  var mean = 0.0;
  if (u.kind == 0u) {
    for (var r = 0u; r < u.R; r++) {
      for (var k = 0u; k < u.K; k++) { mean += x[first + r * u.G * u.K + k]; }
    }
    mean /= count;
  }
  var squares = 0.0;
  for (var r = 0u; r < u.R; r++) {
    for (var k = 0u; k < u.K; k++) {
      let v = x[first + r * u.G * u.K + k] - mean;
      squares += v * v;
    }
  }
  let size = select(squares / count + u.epsilon, max(squares, u.epsilon), u.kind == 2u);
  stats[i] = vec2f(mean, inverseSqrt(size));
}
