// What channel-moments.wgsl computes, 16 lanes to a channel of a slice: a workgroup of 16 x 16 lanes serves 16
// neighbouring channels, lane.y strides over the slice's rows, and the 16 partial sums of a channel are combined in
// workgroup memory. Loads of neighbouring lanes are neighbours in memory.
struct Uniforms { rows: u32, C: u32, slices: u32, L: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> partial: array<array<vec2f, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let tiles = (u.C + 15u) / 16u;
  let tile = group.y * groups.x + group.x;
  if (tile >= u.slices * tiles) { return; }
  let s = tile / tiles;
  let own = tile % tiles * 16u + lane.x;
  let c = min(own, u.C - 1u);
  let first = s * u.L + lane.y;
  let end = min((s + 1u) * u.L, u.rows);
  // (count, sum)
  var total = vec2f(0.0);
  for (var r = first; r < end; r += 16u) {
    //#if JOIN
    let n = x[3u * r * u.C + c];
    total += vec2f(n, n * x[(3u * r + 1u) * u.C + c]);
    //#else
    total += vec2f(1.0, x[r * u.C + c]);
    //#endif
  }
  partial[lane.y][lane.x] = total;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { partial[lane.y][lane.x] += partial[lane.y + half][lane.x]; }
    workgroupBarrier();
  }
  let count = partial[0][lane.x].x;
  let mean = partial[0][lane.x].y / max(count, 1.0);
  workgroupBarrier();
  var squares = 0.0;
  for (var r = first; r < end; r += 16u) {
    //#if JOIN
    let d = x[(3u * r + 1u) * u.C + c] - mean;
    squares += x[3u * r * u.C + c] * d * d + x[(3u * r + 2u) * u.C + c];
    //#else
    let d = x[r * u.C + c] - mean;
    squares += d * d;
    //#endif
  }
  partial[lane.y][lane.x].x = squares;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) { partial[lane.y][lane.x].x += partial[lane.y + half][lane.x].x; }
    workgroupBarrier();
  }
  if (lane.y == 0u && own < u.C) {
    squares = partial[0][lane.x].x;
    //#if JOIN
    y[c] = mean;
    y[u.C + c] = squares / max(count, 1.0);
    //#else
    y[3u * s * u.C + c] = count;
    y[(3u * s + 1u) * u.C + c] = mean;
    y[(3u * s + 2u) * u.C + c] = squares;
    //#endif
  }
}
