// What rescaled-terms.wgsl computes, 16 lanes to a position: a workgroup serves 16 neighbouring positions of one o. Lanes
// stride over the channels, so that neighbouring lanes load neighbours in memory; each takes four positions at once and
// divides once for the four. The 16 partial sums of a position are combined in workgroup memory.
//   VEC4: C, B and S are multiples of 4; four channels at a time.
struct Uniforms { outer: u32, R: u32, C: u32, B: u32, S: u32, epsilon: f32, hasBefore: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
fn added(x: T) -> f32 { return (x.x + x.y) + (x.z + x.w); }
//#else
alias T = f32;
const L: u32 = 1u;
fn added(x: T) -> f32 { return x; }
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read> range: array<T>;
@group(0) @binding(3) var<storage, read> before: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

var<workgroup> partial: array<array<vec4f, 16>, 4>;

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let tiles = (u.R + 15u) / 16u;
  let all = u.outer * tiles;
  let wanted = group.y * groups.x + group.x;
  let i = min(wanted, all - 1u);
  let o = i / tiles;
  let r = i % tiles * 16u + lane.y * 4u;
  let C = u.C / L;
  let B = u.B / L;
  let S = u.S / L;
  // positions past the end repeat the last one and are not written
  let at = (vec4u(o * u.R) + min(vec4u(r, r + 1u, r + 2u, r + 3u), vec4u(u.R - 1u))) * C;
  let ends = o * 3u * S;
  var sums: array<T, 4>;
  for (var c = lane.x; c < C; c += 16u) {
    let factor = b[c % B];
    let minusLeast = range[ends + c % S];
    let share = 1.0 / (range[ends + S + c % S] + minusLeast + u.epsilon);
    sums[0] += (abs(x[at.x + c] * factor) + minusLeast) * share;
    sums[1] += (abs(x[at.y + c] * factor) + minusLeast) * share;
    sums[2] += (abs(x[at.z + c] * factor) + minusLeast) * share;
    sums[3] += (abs(x[at.w + c] * factor) + minusLeast) * share;
  }
  partial[lane.y][lane.x] = vec4f(added(sums[0]), added(sums[1]), added(sums[2]), added(sums[3]));
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.x < half) { partial[lane.y][lane.x] += partial[lane.y][lane.x + half]; }
    workgroupBarrier();
  }
  if (lane.x < 4u && r + lane.x < u.R && wanted < all) {
    let position = o * u.R + r + lane.x;
    var sum = partial[lane.y][0][lane.x];
    if (u.hasBefore != 0u) { sum += before[position]; }
    y[position] = sum;
  }
}
