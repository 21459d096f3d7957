// VJP of softmax (LOG: of log-softmax), a workgroup of 64 lanes to a row; see softmax-vjp.wgsl for the formula.
struct Uniforms { rows: u32, C: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= u.rows) { return; }
  let first = row / u.inner * u.C * u.inner + row % u.inner;
  let end = first + u.C * u.inner;
  var sum = 0.0;
  for (var c = first + lane * u.inner; c < end; c += 64u * u.inner) {
    //#if LOG
    sum += dy[c];
    //#else
    sum += dy[c] * y[c];
    //#endif
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  sum = partial[0];
  for (var c = first + lane * u.inner; c < end; c += 64u * u.inner) {
    //#if LOG
    dx[c] = dy[c] - exp(y[c]) * sum;
    //#else
    dx[c] = y[c] * (dy[c] - sum);
    //#endif
  }
}
