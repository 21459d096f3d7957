// The value at place `rank` (from 0) of each row's R values sorted upwards; a workgroup of 256 lanes to a row.
// Floats are compared by keys, whose order as whole numbers is that of the values. Four rounds find the key sought, eight
// bits each, the highest first: all lanes count how often each byte follows the bytes that are known, then one lane walks
// up the counts to the byte in which the rank falls. The row is read four times and never sorted.
struct Uniforms { rows: u32, R: u32, rank: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

const SIGN: u32 = 0x80000000u;

var<workgroup> counts: array<atomic<u32>, 256>;
var<workgroup> found: u32; // the bytes that are known
var<workgroup> place: u32; // the rank among the values that begin with them

fn keyOf(value: f32) -> u32 {
  let bits = bitcast<u32>(select(value, 0.0, value == 0.0)); // -0 is 0
  return select(bits | SIGN, ~bits, (bits & SIGN) != 0u);
}

fn valueOf(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & ~SIGN, (key & SIGN) != 0u));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= u.rows) { return; }
  let first = row * u.R;
  if (lane == 0u) {
    found = 0u;
    place = u.rank;
  }
  var known = 0u; // which bits of a key are known
  for (var round = 0u; round < 4u; round++) {
    let shift = 24u - 8u * round;
    atomicStore(&counts[lane], 0u);
    workgroupBarrier();
    let prefix = found;
    for (var i = lane; i < u.R; i += 256u) {
      let key = keyOf(x[first + i]);
      if ((key & known) == prefix) { atomicAdd(&counts[(key >> shift) & 255u], 1u); }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var byte = 0u;
      var rest = place;
      loop {
        let here = atomicLoad(&counts[byte]);
        if (rest < here || byte == 255u) { break; }
        rest -= here;
        byte++;
      }
      place = rest;
      found = prefix | (byte << shift);
    }
    workgroupBarrier();
    known |= 255u << shift;
  }
  if (lane == 0u) { y[row] = valueOf(found); }
}
