// VJP of softmax, row by row: dx = y * (dy - sum_j dy_j y_j); of log-softmax (LOG): dx = dy - exp(y) * sum_j dy_j.
// y is the forward's output; a row's C values lie `inner` apart. Naive: one invocation computes one row.
struct Uniforms { rows: u32, C: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows) { return; }
  let first = i / u.inner * u.C * u.inner + i % u.inner;
  let end = first + u.C * u.inner;
  var sum = 0.0;
  for (var c = first; c < end; c += u.inner) {
    //#if LOG
    sum += dy[c];
    //#else
    sum += dy[c] * y[c];
    //#endif
  }
  for (var c = first; c < end; c += u.inner) {
    //#if LOG
    dx[c] = dy[c] - exp(y[c]) * sum;
    //#else
    dx[c] = y[c] * (dy[c] - sum);
    //#endif
  }
}
