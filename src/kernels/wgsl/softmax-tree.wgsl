// Softmax of each row of C values, `inner` apart (LOG: its logarithm), a workgroup of 64 lanes to a row: each lane strides
// over the row, and the 64 partial maxima and sums are combined in workgroup memory.
struct Uniforms { rows: u32, C: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= u.rows) { return; }
  let first = row / u.inner * u.C * u.inner + row % u.inner;
  var most = x[first + min(lane, u.C - 1u) * u.inner];
  for (var c = lane; c < u.C; c += 64u) { most = max(most, x[first + c * u.inner]); }
  partial[lane] = most;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  most = partial[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var c = lane; c < u.C; c += 64u) { sum += exp(x[first + c * u.inner] - most); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  sum = partial[0];
  for (var c = lane; c < u.C; c += 64u) {
    //#if LOG
    y[first + c * u.inner] = x[first + c * u.inner] - most - log(sum);
    //#else
    y[first + c * u.inner] = exp(x[first + c * u.inner] - most) / sum;
    //#endif
  }
}
