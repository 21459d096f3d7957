// y[at + j] = sum of x[i]^2 over i = j, j + parts, j + 2 parts, ... below n: the first half of a norm.
// Naive: one invocation adds up one part.
struct Uniforms { n: u32, parts: u32, at: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= u.parts) { return; }
  var sum = 0.0;
  for (var i = id.x; i < u.n; i += u.parts) { sum += x[i] * x[i]; }
  y[u.at + id.x] = sum;
}
