// VJP of a maximum over the middle axis: dx[o, r, i] = dy[o, i] at the first r where x equals the maximum y, else 0.
// A workgroup of 16 x 16 lanes serves 16 neighbouring outputs, as in reduce-tree.wgsl: lane.y strides over the middle
// axis for the first hit of its own, the least of 16 is found in workgroup memory, then all write.
struct Uniforms { outer: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

var<workgroup> hits: array<array<u32, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let output = (group.y * groups.x + group.x) * 16u + lane.x;
  let i = min(output, u.outer * u.inner - 1u);
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  var hit = u.R;
  for (var r = lane.y; r < u.R; r += 16u) { if (x[first + r * u.inner] == y[i]) { hit = min(hit, r); } }
  hits[lane.y][lane.x] = hit;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { hits[lane.y][lane.x] = min(hits[lane.y][lane.x], hits[lane.y + half][lane.x]); }
    workgroupBarrier();
  }
  hit = hits[0][lane.x];
  if (output >= u.outer * u.inner) { return; }
  for (var r = lane.y; r < u.R; r += 16u) { dx[first + r * u.inner] = select(0.0, dy[i], r == hit); }
}
