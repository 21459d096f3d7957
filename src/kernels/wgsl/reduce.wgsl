// y[o, i] = factor * sum over r of x[o, r, i] (MAX: the maximum instead). A mean has factor 1/R.
// Naive: one invocation walks the whole middle axis for one output.
struct Uniforms { outer: u32, R: u32, inner: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.inner) { return; }
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  //#if MAX
  var value = x[first];
  for (var r = 1u; r < u.R; r++) { value = max(value, x[first + r * u.inner]); }
  y[i] = value;
  //#else
  var value = 0.0;
  for (var r = 0u; r < u.R; r++) { value += x[first + r * u.inner]; }
  y[i] = value * u.factor;
  //#endif
}
