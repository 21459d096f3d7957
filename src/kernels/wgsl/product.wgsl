// Matrix product by register tiles: y[r, n] = c[n] + sum over k of a[k, r] * b[k, n].
// One invocation keeps 16 rows x 16 columns in registers (sRC: row R in hexadecimal, four columns from 4 C on), so that
// the eight vectors that it loads for one k serve 64 products of vectors. a is packed: all rows of one k lie side by
// side, `stride` vectors to a k, zeros behind the last row. Neighbouring invocations take neighbouring columns.
// The sum over k is cut into `slices`, each of which writes a y of its own; only the first begins with the bias.
// b begins at its row firstK. y has `rows` rows to a slice, of which this dispatch fills R from firstRow on.
// Measured on lavapipe (2 cores, shared): 2 to 2.5 times the GFLOP/s of conv2d-tile.wgsl, packing included.
// N is a multiple of 4; rows and columns past the end are computed from what is there and not stored.
// Products of BLOCK k are summed by themselves and then added to y: closer to the exact sum than one long chain, which
// decides ReLUs near 0 (VGG16's gradient at the image shows it).
struct Uniforms { R: u32, N: u32, K: u32, stride: u32, slices: u32, firstK: u32, firstRow: u32, rows: u32, hasBias: u32 }

const BLOCK: u32 = 128u; //#param

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> c: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> u: Uniforms;

/** Where a tile begins: its row, its column in vectors, and its slice; and whether it has a part of its sum already. */
struct Place { r: u32, q: u32, slice: u32, more: bool }

/** Writes 16 columns of the row of a tile with this number, or adds them to what is there. */
fn store(at: Place, row: u32, s0: vec4f, s1: vec4f, s2: vec4f, s3: vec4f) {
  let q = at.q;
  let r = at.r + row;
  let columns = u.N / 4u;
  if (r >= u.R) { return; }
  let i = (at.slice * u.rows + u.firstRow + r) * columns + q;
  put(i, s0, at.more);
  if (q + 1u < columns) { put(i + 1u, s1, at.more); }
  if (q + 2u < columns) { put(i + 2u, s2, at.more); }
  if (q + 3u < columns) { put(i + 3u, s3, at.more); }
}

fn put(i: u32, value: vec4f, more: bool) {
  if (more) { y[i] += value; } else { y[i] = value; }
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let across = (u.N + 15u) / 16u;
  let down = (u.R + 15u) / 16u;
  let i = (group.y * groups.x + group.x) * 32u + lane;
  if (i >= across * down * u.slices) { return; }
  let q = i % across * 4u;
  let r = i / across % down * 16u;
  let slice = i / (across * down);
  let columns = u.N / 4u;
  let perSlice = (u.K + u.slices - 1u) / u.slices;
  let end = min((slice + 1u) * perSlice, u.K);
  // columns past the end repeat the last
  let o = min(vec4u(q, q + 1u, q + 2u, q + 3u), vec4u(columns - 1u));
  let biased = slice == 0u && u.hasBias != 0u;
  let c0 = select(vec4f(), c[o.x], biased); let c1 = select(vec4f(), c[o.y], biased);
  let c2 = select(vec4f(), c[o.z], biased); let c3 = select(vec4f(), c[o.w], biased);
  let begin = slice * perSlice;
  for (var block = begin; block == begin || block < end; block += BLOCK) {
    let more = block > begin;
    let z0 = select(c0, vec4f(), more); let z1 = select(c1, vec4f(), more); let z2 = select(c2, vec4f(), more); let z3 = select(c3, vec4f(), more);
    var s00 = z0; var s01 = z1; var s02 = z2; var s03 = z3;
    var s10 = z0; var s11 = z1; var s12 = z2; var s13 = z3;
    var s20 = z0; var s21 = z1; var s22 = z2; var s23 = z3;
    var s30 = z0; var s31 = z1; var s32 = z2; var s33 = z3;
    var s40 = z0; var s41 = z1; var s42 = z2; var s43 = z3;
    var s50 = z0; var s51 = z1; var s52 = z2; var s53 = z3;
    var s60 = z0; var s61 = z1; var s62 = z2; var s63 = z3;
    var s70 = z0; var s71 = z1; var s72 = z2; var s73 = z3;
    var s80 = z0; var s81 = z1; var s82 = z2; var s83 = z3;
    var s90 = z0; var s91 = z1; var s92 = z2; var s93 = z3;
    var sa0 = z0; var sa1 = z1; var sa2 = z2; var sa3 = z3;
    var sb0 = z0; var sb1 = z1; var sb2 = z2; var sb3 = z3;
    var sc0 = z0; var sc1 = z1; var sc2 = z2; var sc3 = z3;
    var sd0 = z0; var sd1 = z1; var sd2 = z2; var sd3 = z3;
    var se0 = z0; var se1 = z1; var se2 = z2; var se3 = z3;
    var sf0 = z0; var sf1 = z1; var sf2 = z2; var sf3 = z3;
    for (var k = block; k < min(block + BLOCK, end); k++) {
      let i4 = k * u.stride + r / 4u;
      let a0 = a[i4]; let a1 = a[i4 + 1u]; let a2 = a[i4 + 2u]; let a3 = a[i4 + 3u];
      let row = (u.firstK + k) * columns;
      let b0 = b[row + o.x]; let b1 = b[row + o.y]; let b2 = b[row + o.z]; let b3 = b[row + o.w];
      s00 = fma(vec4f(a0.x), b0, s00); s01 = fma(vec4f(a0.x), b1, s01); s02 = fma(vec4f(a0.x), b2, s02); s03 = fma(vec4f(a0.x), b3, s03);
      s10 = fma(vec4f(a0.y), b0, s10); s11 = fma(vec4f(a0.y), b1, s11); s12 = fma(vec4f(a0.y), b2, s12); s13 = fma(vec4f(a0.y), b3, s13);
      s20 = fma(vec4f(a0.z), b0, s20); s21 = fma(vec4f(a0.z), b1, s21); s22 = fma(vec4f(a0.z), b2, s22); s23 = fma(vec4f(a0.z), b3, s23);
      s30 = fma(vec4f(a0.w), b0, s30); s31 = fma(vec4f(a0.w), b1, s31); s32 = fma(vec4f(a0.w), b2, s32); s33 = fma(vec4f(a0.w), b3, s33);
      s40 = fma(vec4f(a1.x), b0, s40); s41 = fma(vec4f(a1.x), b1, s41); s42 = fma(vec4f(a1.x), b2, s42); s43 = fma(vec4f(a1.x), b3, s43);
      s50 = fma(vec4f(a1.y), b0, s50); s51 = fma(vec4f(a1.y), b1, s51); s52 = fma(vec4f(a1.y), b2, s52); s53 = fma(vec4f(a1.y), b3, s53);
      s60 = fma(vec4f(a1.z), b0, s60); s61 = fma(vec4f(a1.z), b1, s61); s62 = fma(vec4f(a1.z), b2, s62); s63 = fma(vec4f(a1.z), b3, s63);
      s70 = fma(vec4f(a1.w), b0, s70); s71 = fma(vec4f(a1.w), b1, s71); s72 = fma(vec4f(a1.w), b2, s72); s73 = fma(vec4f(a1.w), b3, s73);
      s80 = fma(vec4f(a2.x), b0, s80); s81 = fma(vec4f(a2.x), b1, s81); s82 = fma(vec4f(a2.x), b2, s82); s83 = fma(vec4f(a2.x), b3, s83);
      s90 = fma(vec4f(a2.y), b0, s90); s91 = fma(vec4f(a2.y), b1, s91); s92 = fma(vec4f(a2.y), b2, s92); s93 = fma(vec4f(a2.y), b3, s93);
      sa0 = fma(vec4f(a2.z), b0, sa0); sa1 = fma(vec4f(a2.z), b1, sa1); sa2 = fma(vec4f(a2.z), b2, sa2); sa3 = fma(vec4f(a2.z), b3, sa3);
      sb0 = fma(vec4f(a2.w), b0, sb0); sb1 = fma(vec4f(a2.w), b1, sb1); sb2 = fma(vec4f(a2.w), b2, sb2); sb3 = fma(vec4f(a2.w), b3, sb3);
      sc0 = fma(vec4f(a3.x), b0, sc0); sc1 = fma(vec4f(a3.x), b1, sc1); sc2 = fma(vec4f(a3.x), b2, sc2); sc3 = fma(vec4f(a3.x), b3, sc3);
      sd0 = fma(vec4f(a3.y), b0, sd0); sd1 = fma(vec4f(a3.y), b1, sd1); sd2 = fma(vec4f(a3.y), b2, sd2); sd3 = fma(vec4f(a3.y), b3, sd3);
      se0 = fma(vec4f(a3.z), b0, se0); se1 = fma(vec4f(a3.z), b1, se1); se2 = fma(vec4f(a3.z), b2, se2); se3 = fma(vec4f(a3.z), b3, se3);
      sf0 = fma(vec4f(a3.w), b0, sf0); sf1 = fma(vec4f(a3.w), b1, sf1); sf2 = fma(vec4f(a3.w), b2, sf2); sf3 = fma(vec4f(a3.w), b3, sf3);
    }
    let at = Place(r, q, slice, more);
    store(at, 0u, s00, s01, s02, s03);
    store(at, 1u, s10, s11, s12, s13);
    store(at, 2u, s20, s21, s22, s23);
    store(at, 3u, s30, s31, s32, s33);
    store(at, 4u, s40, s41, s42, s43);
    store(at, 5u, s50, s51, s52, s53);
    store(at, 6u, s60, s61, s62, s63);
    store(at, 7u, s70, s71, s72, s73);
    store(at, 8u, s80, s81, s82, s83);
    store(at, 9u, s90, s91, s92, s93);
    store(at, 10u, sa0, sa1, sa2, sa3);
    store(at, 11u, sb0, sb1, sb2, sb3);
    store(at, 12u, sc0, sc1, sc2, sc3);
    store(at, 13u, sd0, sd1, sd2, sd3);
    store(at, 14u, se0, se1, se2, se3);
    store(at, 15u, sf0, sf1, sf2, sf3);
  }
}
