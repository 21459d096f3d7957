// count[o, i] = how many r there are with x[o, r, i] equal to the maximum y[o, i].
// A workgroup of 16 x 16 lanes serves 16 neighbouring outputs, as in reduce-tree.wgsl: lane.y strides over the middle
// axis, then the 16 counts of a column are added in workgroup memory.
struct Uniforms { outer: u32, R: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> count: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

var<workgroup> partial: array<array<u32, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let output = (group.y * groups.x + group.x) * 16u + lane.x;
  let i = min(output, u.outer * u.inner - 1u);
  let first = i / u.inner * u.R * u.inner + i % u.inner;
  var hits = 0u;
  for (var r = lane.y; r < u.R; r += 16u) { hits += u32(x[first + r * u.inner] == y[i]); }
  partial[lane.y][lane.x] = hits;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { partial[lane.y][lane.x] += partial[lane.y + half][lane.x]; }
    workgroupBarrier();
  }
  if (lane.y == 0u && output < u.outer * u.inner) { count[i] = f32(partial[0][lane.x]); }
}
