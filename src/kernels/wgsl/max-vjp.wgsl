// VJP of a maximum over the middle axis: dx[o, r, i] = dy[o, i] at the first r where x equals the maximum y, else 0.
// One invocation walks the middle axis of one output.
struct Uniforms { outer: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.inner) { return; }
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  var found = false;
  for (var r = 0u; r < u.R; r++) {
    let at = first + r * u.inner;
    let hit = !found && x[at] == y[i];
    dx[at] = select(0.0, dy[i], hit);
    found = found || hit;
  }
}
