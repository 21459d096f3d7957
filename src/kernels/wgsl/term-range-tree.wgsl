// What term-range.wgsl computes, 16 lanes to a channel: a workgroup serves neighbouring channels, lane.y strides over the
// positions, and the 16 partial results of a channel are combined in workgroup memory. Loads of neighbouring lanes are
// neighbours in memory.
//   VEC4: C and B are multiples of 4; four lanes of four channels each in place of 16 of one.
struct Uniforms { outer: u32, R: u32, C: u32, B: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
const COLUMNS: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
const COLUMNS: u32 = 16u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> b: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

// least, greatest and sum of each lane
var<workgroup> partial: array<array<array<T, 3>, COLUMNS>, 16>;

@compute @workgroup_size(COLUMNS, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let C = u.C / L;
  let all = u.outer * C;
  let wanted = (group.y * groups.x + group.x) * COLUMNS + lane.x;
  let i = min(wanted, all - 1u);
  let c = i % C;
  let o = i / C;
  let first = o * u.R * C + c;
  var least = abs(x[first + min(lane.y, u.R - 1u) * C]);
  var greatest = least;
  var sum = T(0.0);
  for (var r = lane.y; r < u.R; r += 16u) {
    let value = x[first + r * C];
    least = min(least, abs(value));
    greatest = max(greatest, abs(value));
    sum += value;
  }
  partial[lane.y][lane.x][0] = least;
  partial[lane.y][lane.x][1] = greatest;
  partial[lane.y][lane.x][2] = sum;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane.y < half) {
      let other = lane.y + half;
      partial[lane.y][lane.x][0] = min(partial[lane.y][lane.x][0], partial[other][lane.x][0]);
      partial[lane.y][lane.x][1] = max(partial[lane.y][lane.x][1], partial[other][lane.x][1]);
      partial[lane.y][lane.x][2] += partial[other][lane.x][2];
    }
    workgroupBarrier();
  }
  if (lane.y == 0u && wanted < all) {
    let factor = b[c % (u.B / L)];
    let at = o * 3u * C + c;
    y[at] = -abs(factor) * partial[0][lane.x][0];
    y[at + C] = abs(factor) * partial[0][lane.x][1];
    y[at + 2u * C] = factor * partial[0][lane.x][2];
  }
}
