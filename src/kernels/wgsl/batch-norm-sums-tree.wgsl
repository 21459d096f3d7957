// What batch-norm-sums.wgsl computes, 16 lanes to a channel of a slice: a workgroup of 16 x 16 lanes serves 16
// neighbouring channels, lane.y strides over the slice's rows, and the 16 partial sums of a channel are combined in
// workgroup memory.
struct Uniforms { rows: u32, C: u32, slices: u32, L: u32, epsilon: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read_write> part: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

var<workgroup> partial: array<array<vec2f, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let tiles = (u.C + 15u) / 16u;
  let tile = group.y * groups.x + group.x;
  if (tile >= u.slices * tiles) { return; }
  let s = tile / tiles;
  let own = tile % tiles * 16u + lane.x;
  let c = min(own, u.C - 1u);
  let mean = moments[c];
  let end = min((s + 1u) * u.L, u.rows);
  var total = vec2f(0.0);
  for (var r = s * u.L + lane.y; r < end; r += 16u) {
    let v = dy[r * u.C + c];
    total += vec2f(v, v * (x[r * u.C + c] - mean));
  }
  partial[lane.y][lane.x] = total;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { partial[lane.y][lane.x] += partial[lane.y + half][lane.x]; }
    workgroupBarrier();
  }
  if (lane.y == 0u && own < u.C) {
    total = partial[0][lane.x];
    part[2u * s * u.C + c] = total.x;
    part[(2u * s + 1u) * u.C + c] = total.y * inverseSqrt(moments[u.C + c] + u.epsilon);
  }
}
