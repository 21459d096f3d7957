// Sparsemax (GRADIENT: its gradient) of each row of C values as in sparsemax.wgsl, a workgroup of 64 lanes to a row: each
// lane strides over the row, and the 64 partial sums are combined in workgroup memory.
struct Uniforms { rows: u32, C: u32, inner: u32, keras: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> ranks: array<f32>;
//#if GRADIENT
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;
//#else
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;
//#endif

fn factor(place: f32, k: f32) -> f32 {
  return select(0.0, select(1.0, k - place + 1.0, u.keras != 0u), place > 0.0);
}

var<workgroup> partial: array<vec2f, 64>;

// The sums of the lanes' first numbers, and the largest of their second ones.
fn together(own: vec2f, lane: u32) -> vec2f {
  partial[lane] = own;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = partial[lane + half];
      partial[lane] = vec2f(partial[lane].x + other.x, max(partial[lane].y, other.y));
    }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= u.rows) { return; }
  let first = row / u.inner * u.C * u.inner + row % u.inner;
  let start = first + lane * u.inner;
  let end = first + u.C * u.inner;
  let step = 64u * u.inner;
  var found = vec2f(0.0, x[first]);
  for (var at = start; at < end; at += step) {
    found = vec2f(found.x + select(0.0, 1.0, ranks[at] > 0.0), max(found.y, x[at]));
  }
  found = together(found, lane);
  let k = found.x;
  let most = found.y;
  var sum = 0.0;
  for (var at = start; at < end; at += step) { sum += factor(ranks[at], k) * (x[at] - most); }
  sum = together(vec2f(sum, 0.0), lane).x;
  let t = (sum - 1.0) / k + select(0.0, most * (k - 1.0) * 0.5, u.keras != 0u);
  //#if GRADIENT
  var open = 0.0;
  for (var at = start; at < end; at += step) { open += select(0.0, dy[at], x[at] - most >= t); }
  open = together(vec2f(open, 0.0), lane).x;
  for (var at = start; at < end; at += step) {
    dx[at] = select(0.0, dy[at], x[at] - most >= t) - factor(ranks[at], k) / k * open;
  }
  //#else
  for (var at = start; at < end; at += step) { y[at] = max(x[at] - most - t, 0.0); }
  //#endif
}
