// Softmax of each row of C values: y = exp(x - max) / sum exp(x - max); LOG: its logarithm. A row's values lie `inner`
// apart: 1 along the last axis. The maximum is subtracted first, or exp would overflow. Naive: one invocation computes
// one row.
struct Uniforms { rows: u32, C: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows) { return; }
  let first = i / u.inner * u.C * u.inner + i % u.inner;
  var most = x[first];
  for (var c = 1u; c < u.C; c++) { most = max(most, x[first + c * u.inner]); }
  var sum = 0.0;
  for (var c = 0u; c < u.C; c++) { sum += exp(x[first + c * u.inner] - most); }
  for (var c = 0u; c < u.C; c++) {
    //#if LOG
    y[first + c * u.inner] = x[first + c * u.inner] - most - log(sum);
    //#else
    y[first + c * u.inner] = exp(x[first + c * u.inner] - most) / sum;
    //#endif
  }
}
