// y[row] = the value at place `rank` (from 0) once a row's R values are sorted upwards. One invocation computes one row.
// Floats are compared by keys, whose order as whole numbers is that of the values. The key sought is built from its highest
// bit downwards: a bit is set if no more than `rank` values have a key below what is found so far with that bit.
struct Uniforms { rows: u32, R: u32, rank: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

const SIGN: u32 = 0x80000000u;

fn keyOf(value: f32) -> u32 {
  let bits = bitcast<u32>(select(value, 0.0, value == 0.0)); // -0 is 0
  return select(bits | SIGN, ~bits, (bits & SIGN) != 0u);
}

fn valueOf(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & ~SIGN, (key & SIGN) != 0u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= u.rows) { return; }
  var found = 0u;
  for (var bit = SIGN; bit > 0u; bit >>= 1u) {
    var below = 0u;
    for (var i = 0u; i < u.R; i++) {
      if (keyOf(x[row * u.R + i]) < (found | bit)) { below++; }
    }
    if (below <= u.rank) { found |= bit; }
  }
  y[row] = valueOf(found);
}
