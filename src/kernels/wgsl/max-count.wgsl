// count[o, i] = how many r there are with x[o, r, i] equal to the maximum y[o, i].
// Naive: one invocation walks the whole middle axis for one output.
struct Uniforms { outer: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> count: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.inner) { return; }
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  var hits = 0u;
  for (var r = 0u; r < u.R; r++) { hits += u32(x[first + r * u.inner] == y[i]); }
  count[i] = f32(hits);
}
