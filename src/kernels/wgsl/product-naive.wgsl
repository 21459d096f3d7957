// Matrix product: y[r, n] = c[n] + sum over k of a[k, r] * b[k, n]. Naive: one invocation computes one value of one slice
// of the sum. See product.wgsl for how a is packed, where y is filled, and what the uniforms mean.
struct Uniforms { R: u32, N: u32, K: u32, stride: u32, slices: u32, firstK: u32, firstRow: u32, rows: u32, hasBias: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.R * u.N * u.slices) { return; }
  let n = i % u.N;
  let r = i / u.N % u.R;
  let slice = i / (u.N * u.R);
  let perSlice = (u.K + u.slices - 1u) / u.slices;
  let end = min((slice + 1u) * perSlice, u.K);
  var sum = 0.0;
  if (slice == 0u && u.hasBias != 0u) { sum = c[n]; }
  for (var k = slice * perSlice; k < end; k++) {
    sum += a[k * u.stride * 4u + r] * b[(u.firstK + k) * u.N + n];
  }
  y[(slice * u.rows + u.firstRow + r) * u.N + n] = sum;
}
