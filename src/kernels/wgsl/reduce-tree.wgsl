// y[o, i] = factor * sum over r of x[o, r, i] (MAX: the maximum instead), many lanes to one output.
// A workgroup of 16 x 16 lanes serves 16 neighbouring outputs: lane.y strides over the middle axis, then the 16 partial
// results of a column are combined in workgroup memory. Loads of neighbouring lanes are neighbours in memory, and a
// long axis is walked by 16 lanes instead of one: for few outputs (a bias gradient, a global mean) the GPU stays busy.
struct Uniforms { outer: u32, R: u32, inner: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> partial: array<array<f32, 16>, 16>;

fn combine(a: f32, b: f32) -> f32 {
  //#if MAX
  return max(a, b);
  //#else
  return a + b;
  //#endif
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let i = min((group.y * groups.x + group.x) * 16u + lane.x, u.outer * u.inner - 1u);
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  //#if MAX
  var value = x[first + min(lane.y, u.R - 1u) * u.inner];
  //#else
  var value = 0.0;
  //#endif
  for (var r = lane.y; r < u.R; r += 16u) { value = combine(value, x[first + r * u.inner]); }
  partial[lane.y][lane.x] = value;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { partial[lane.y][lane.x] = combine(partial[lane.y][lane.x], partial[lane.y + half][lane.x]); }
    workgroupBarrier();
  }
  if (lane.y == 0u && (group.y * groups.x + group.x) * 16u + lane.x < u.outer * u.inner) {
    //#if MAX
    y[i] = partial[0][lane.x];
    //#else
    y[i] = partial[0][lane.x] * u.factor;
    //#endif
  }
}
