// conv2d's weight gradient by register tiles; one group. See conv2d-filter-vjp.wgsl for the sum and the slices.
// One invocation keeps 8 channels c x 16 outputs oc of one tap in registers and walks the pixels of its slice four
// at a time: a column of a `d` block is one pixel's four values of dy, of a transposed `v` block one channel's four
// pixels; `d * v` adds their products.
//   VEC4: C and OC are multiples of 4, so values are loaded four at a time.
// Conditions on loaded values are joined by `&`: each `&&` becomes a branch, and SwiftShader then takes minutes and tens of
// gigabytes to compile this (0.7 s without).
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, OC: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, G: u32, slices: u32,
}

//#if VEC4
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
//#else
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
//#endif
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

const LANES_X: u32 = 8u; //#param
const LANES_Y: u32 = 1u; //#param

/** Four channels c.. of one pixel of x; zeros outside the picture or past C. */
fn loadX(row: u32, ow: u32, tap: vec2u, c: u32) -> vec4f {
  let at = vec2i(i32((row % u.OH) * u.SH + tap.x * u.DH) - u.top, i32(ow * u.SW + tap.y * u.DW) - u.left);
  let inside = (ow < u.OW) & all(at >= vec2i(0, 0)) & all(at < vec2i(i32(u.H), i32(u.W)));
  let base = select(0u, ((row / u.OH * u.H + u32(at.x)) * u.W + u32(at.y)) * u.C, inside);
  //#if VEC4
  return select(vec4f(), x[(base + min(c, u.C - 4u)) / 4u], inside & (c < u.C));
  //#else
  let in = vec4<bool>(c < u.C, c + 1u < u.C, c + 2u < u.C, c + 3u < u.C) & vec4<bool>(inside);
  let i = base + select(vec4u(), c + vec4u(0u, 1u, 2u, 3u), in);
  return select(vec4f(), vec4f(x[i.x], x[i.y], x[i.z], x[i.w]), in);
  //#endif
}

/** Four outputs oc.. of one pixel of dy; zeros past the row's end or past OC. */
fn loadDy(row: u32, ow: u32, oc: u32) -> vec4f {
  let base = (row * u.OW + min(ow, u.OW - 1u)) * u.OC;
  //#if VEC4
  return select(vec4f(), dy[(base + min(oc, u.OC - 4u)) / 4u], (ow < u.OW) & (oc < u.OC));
  //#else
  let in = vec4<bool>(oc < u.OC, oc + 1u < u.OC, oc + 2u < u.OC, oc + 3u < u.OC) & vec4<bool>(ow < u.OW);
  let i = base + select(vec4u(), oc + vec4u(0u, 1u, 2u, 3u), in);
  return select(vec4f(), vec4f(dy[i.x], dy[i.y], dy[i.z], dy[i.w]), in);
  //#endif
}

fn blockX(row: u32, ow: u32, tap: vec2u, c: u32) -> mat4x4f {
  return transpose(mat4x4f(loadX(row, ow, tap, c), loadX(row, ow + 1u, tap, c), loadX(row, ow + 2u, tap, c), loadX(row, ow + 3u, tap, c)));
}

fn blockDy(row: u32, ow: u32, oc: u32) -> mat4x4f {
  return mat4x4f(loadDy(row, ow, oc), loadDy(row, ow + 1u, oc), loadDy(row, ow + 2u, oc), loadDy(row, ow + 3u, oc));
}

/** Writes one channel c x four outputs oc.. of one slice and tap. */
fn storeRow(base: u32, c: u32, oc: u32, value: vec4f) {
  if (c >= u.C) { return; }
  let i = base + c * u.OC + oc;
  //#if VEC4
  if (oc < u.OC) { dw[i] = value.x; dw[i + 1u] = value.y; dw[i + 2u] = value.z; dw[i + 3u] = value.w; }
  //#else
  if (oc < u.OC) { dw[i] = value.x; }
  if (oc + 1u < u.OC) { dw[i + 1u] = value.y; }
  if (oc + 2u < u.OC) { dw[i + 2u] = value.z; }
  if (oc + 3u < u.OC) { dw[i + 3u] = value.w; }
  //#endif
}

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let oc = (group.x * LANES_X + lane.x) * 16u;
  let c = (group.y * LANES_Y + lane.y) * 8u;
  if (oc >= u.OC || c >= u.C) { return; }
  let taps = u.KH * u.KW;
  let slice = group.z / taps;
  let tap = vec2u(group.z % taps / u.KW, group.z % u.KW);

  let rows = u.N * u.OH;
  let perSlice = (rows + u.slices - 1u) / u.slices;
  let end = min((slice + 1u) * perSlice, rows);
  var s00 = mat4x4f(); var s01 = mat4x4f(); var s02 = mat4x4f(); var s03 = mat4x4f();
  var s10 = mat4x4f(); var s11 = mat4x4f(); var s12 = mat4x4f(); var s13 = mat4x4f();
  for (var row = slice * perSlice; row < end; row++) {
    for (var ow = 0u; ow < u.OW; ow += 4u) {
      let d0 = blockDy(row, ow, oc);
      let d1 = blockDy(row, ow, oc + 4u);
      let d2 = blockDy(row, ow, oc + 8u);
      let d3 = blockDy(row, ow, oc + 12u);
      let v0 = blockX(row, ow, tap, c);
      s00 += d0 * v0; s01 += d1 * v0; s02 += d2 * v0; s03 += d3 * v0;
      let v1 = blockX(row, ow, tap, c + 4u);
      s10 += d0 * v1; s11 += d1 * v1; s12 += d2 * v1; s13 += d3 * v1;
    }
  }
  let base = (slice * taps + tap.x * u.KW + tap.y) * u.C * u.OC;
  // block i / 4 of outputs and i % 4 of channels; in a loop, since this written out takes longest of all to compile
  var sums = array<mat4x4f, 8>(s00, s01, s02, s03, s10, s11, s12, s13);
  for (var i = 0u; i < 32u; i++) {
    let block = i / 4u;
    storeRow(base, c + block / 4u * 4u + i % 4u, oc + block % 4u * 4u, sums[block][i % 4u]);
  }
}
