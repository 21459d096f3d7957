// Sparsemax of each row of C values, which lie `inner` apart: y = max(x - t, 0). Of the k elements with a place (see
// sparsemax-ranks.wgsl), t = (sum x - 1) / k; with `keras`, which adds up sums of 1, 2, ... k elements, it is
// (sum (k - place + 1) x - 1) / k. Values are taken relative to the row's largest, or the sum would lose their digits.
//   GRADIENT: dx = dy * [x >= t] - w / k * sum of dy where x >= t; w is that sum's factor of x, 0 without a place.
// One invocation computes one element.
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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows * u.C) { return; }
  let first = i / (u.C * u.inner) * u.C * u.inner + i % u.inner;
  let end = first + u.C * u.inner;
  var k = 0.0;
  var most = x[first];
  for (var at = first; at < end; at += u.inner) {
    most = max(most, x[at]);
    k += select(0.0, 1.0, ranks[at] > 0.0);
  }
  var sum = 0.0;
  for (var at = first; at < end; at += u.inner) { sum += factor(ranks[at], k) * (x[at] - most); }
  // the sum's factors add up to k, or to k (k + 1) / 2
  let t = (sum - 1.0) / k + select(0.0, most * (k - 1.0) * 0.5, u.keras != 0u);
  //#if GRADIENT
  var open = 0.0;
  for (var at = first; at < end; at += u.inner) { open += select(0.0, dy[at], x[at] - most >= t); }
  dx[i] = select(0.0, dy[i], x[i] - most >= t) - factor(ranks[i], k) / k * open;
  //#else
  y[i] = max(x[i] - most - t, 0.0);
  //#endif
}
