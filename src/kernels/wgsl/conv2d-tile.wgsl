// conv2d and its input gradient, by register tiles; one group. See conv2d.wgsl and conv2d-input-vjp.wgsl for the sums.
//
// One invocation keeps 8 pixels x 16 channels of the result in registers, so that each input it loads serves 16
// products instead of one, and each weight 8. Values are handled as 4x4 blocks: a column of an `in` block is one
// pixel's four input channels, a column of a `w` block is one input channel's four results; `w * in` is their product.
// LANES_X neighbours share the pixels and take the next 16 channels; LANES_Y neighbours take the next pixels.
//
// Measured on lavapipe (2 cores): naive 0.3 GFLOP/s, this 5 to 9; SwiftShader: 0.1 and 3.3 (bench/README.md).
// Products are summed over a tap first, then over the taps: no slower than noise on lavapipe, and closer to
// the exact sum. VGG16's gradient at the image shows the difference: rounding decides its closest ReLUs.
// A row of more than 65,535 groups of pixels goes on in group.z (`fold`).
//   INPUT_VJP: in = dy, out = dx. With strides, group.z also counts the phases (ih mod SH, iw mod SW): all pixels of
//     one phase meet the same taps, so that no tap is tried in vain.
//   VEC4: C and OC are multiples of 4, so values are loaded four at a time.
// Conditions on loaded values are joined by `&`: each `&&` becomes a branch, and SwiftShader then takes minutes and tens of
// gigabytes to compile this (0.7 s without).
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, OC: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, G: u32,
  //#if !INPUT_VJP
  hasBias: u32,
  //#endif
}

//#if INPUT_VJP
//#if VEC4
@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
//#else
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
//#endif
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;
//#else
//#if VEC4
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
//#else
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
//#endif
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;
//#endif

const LANES_X: u32 = 8u; //#param
const LANES_Y: u32 = 1u; //#param
const PIXELS: u32 = 8u;

/** Where an input pixel's channels begin, and whether it lies in the picture. */
struct Source { base: u32, inside: bool }

//#if INPUT_VJP
/** dy's pixel that tap (kh, kw) carries to pixel p of this phase of dx. */
fn source(p: u32, tap: vec2u, phase: vec2u, extent: vec2u) -> Source {
  let at = vec2u(p / extent.y % extent.x, p % extent.y) * vec2u(u.SH, u.SW) + phase;
  let scaled = vec2i(at) + vec2i(u.top, u.left) - vec2i(tap * vec2u(u.DH, u.DW));
  let o = scaled / vec2i(i32(u.SH), i32(u.SW));
  let inside = all(scaled >= vec2i(0, 0)) & all(o < vec2i(i32(u.OH), i32(u.OW)));
  let base = ((p / (extent.x * extent.y) * u.OH + u32(o.x)) * u.OW + u32(o.y)) * u.OC;
  return Source(select(0u, base, inside), inside);
}
//#else
/** x's pixel that tap (kh, kw) of output pixel p looks at. */
fn source(p: u32, tap: vec2u, phase: vec2u, extent: vec2u) -> Source {
  let o = vec2u(p / extent.y % extent.x, p % extent.y);
  let at = vec2i(o * vec2u(u.SH, u.SW) + tap * vec2u(u.DH, u.DW)) - vec2i(u.top, u.left);
  let inside = all(at >= vec2i(0, 0)) & all(at < vec2i(i32(u.H), i32(u.W)));
  let base = ((p / (extent.x * extent.y) * u.H + u32(at.x)) * u.W + u32(at.y)) * u.C;
  return Source(select(0u, base, inside), inside);
}
//#endif

/** Four input channels of one pixel, from channel k on. */
fn loadIn(s: Source, k: u32) -> vec4f {
  //#if INPUT_VJP
  //#if VEC4
  return select(vec4f(), dy[(s.base + k) / 4u], s.inside);
  //#else
  let in = vec4<bool>(s.inside, s.inside & (k + 1u < u.OC), s.inside & (k + 2u < u.OC), s.inside & (k + 3u < u.OC));
  let i = s.base + select(vec4u(), k + vec4u(0u, 1u, 2u, 3u), in);
  return select(vec4f(), vec4f(dy[i.x], dy[i.y], dy[i.z], dy[i.w]), in);
  //#endif
  //#else
  //#if VEC4
  return select(vec4f(), x[(s.base + k) / 4u], s.inside);
  //#else
  let in = vec4<bool>(s.inside, s.inside & (k + 1u < u.C), s.inside & (k + 2u < u.C), s.inside & (k + 3u < u.C));
  let i = s.base + select(vec4u(), k + vec4u(0u, 1u, 2u, 3u), in);
  return select(vec4f(), vec4f(x[i.x], x[i.y], x[i.z], x[i.w]), in);
  //#endif
  //#endif
}

/** Four outputs oc.. of the weights of one tap and input channel c; zeros past either end. */
fn loadW(tap: u32, c: u32, oc: u32) -> vec4f {
  //#if VEC4
  return select(vec4f(), w[((tap * u.C + min(c, u.C - 1u)) * u.OC + min(oc, u.OC - 4u)) / 4u], (c < u.C) & (oc < u.OC));
  //#else
  let in = vec4<bool>(oc < u.OC, oc + 1u < u.OC, oc + 2u < u.OC, oc + 3u < u.OC) & vec4<bool>(c < u.C);
  let i = select(vec4u(), (tap * u.C + c) * u.OC + oc + vec4u(0u, 1u, 2u, 3u), in);
  return select(vec4f(), vec4f(w[i.x], w[i.y], w[i.z], w[i.w]), in);
  //#endif
}

/** Block of weights: column = input channel k.., row = result channel r... */
fn weights(tap: u32, k: u32, r: u32) -> mat4x4f {
  //#if INPUT_VJP
  return transpose(mat4x4f(loadW(tap, r, k), loadW(tap, r + 1u, k), loadW(tap, r + 2u, k), loadW(tap, r + 3u, k)));
  //#else
  return mat4x4f(loadW(tap, k, r), loadW(tap, k + 1u, r), loadW(tap, k + 2u, r), loadW(tap, k + 3u, r));
  //#endif
}

/** Writes four result channels r.. of pixel p. */
fn store(p: u32, r: u32, value: vec4f, phase: vec2u, extent: vec2u) {
  if (p >= u.N * extent.x * extent.y) { return; }
  //#if INPUT_VJP
  let at = vec2u(p / extent.y % extent.x, p % extent.y) * vec2u(u.SH, u.SW) + phase;
  let base = ((p / (extent.x * extent.y) * u.H + at.x) * u.W + at.y) * u.C + r;
  //#if VEC4
  if (r < u.C) { dx[base] = value.x; dx[base + 1u] = value.y; dx[base + 2u] = value.z; dx[base + 3u] = value.w; }
  //#else
  if (r < u.C) { dx[base] = value.x; }
  if (r + 1u < u.C) { dx[base + 1u] = value.y; }
  if (r + 2u < u.C) { dx[base + 2u] = value.z; }
  if (r + 3u < u.C) { dx[base + 3u] = value.w; }
  //#endif
  //#else
  let base = p * u.OC + r;
  //#if VEC4
  if (r < u.OC) { y[base] = value.x; y[base + 1u] = value.y; y[base + 2u] = value.z; y[base + 3u] = value.w; }
  //#else
  if (r < u.OC) { y[base] = value.x; }
  if (r + 1u < u.OC) { y[base + 1u] = value.y; }
  if (r + 2u < u.OC) { y[base + 2u] = value.z; }
  if (r + 3u < u.OC) { y[base + 3u] = value.w; }
  //#endif
  //#endif
}

/** What a block of sums begins with: the bias of results r.., the same in every column; zeros without a bias. */
fn beginning(r: u32) -> mat4x4f {
  //#if INPUT_VJP
  return mat4x4f();
  //#else
  let in = vec4<bool>(r < u.OC, r + 1u < u.OC, r + 2u < u.OC, r + 3u < u.OC) & vec4<bool>(u.hasBias != 0u);
  let i = select(vec4u(), r + vec4u(0u, 1u, 2u, 3u), in);
  let v = select(vec4f(), vec4f(b[i.x], b[i.y], b[i.z], b[i.w]), in);
  return mat4x4f(v, v, v, v);
  //#endif
}

@compute @workgroup_size(LANES_X, LANES_Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  //#if INPUT_VJP
  let inChannels = u.OC;
  let outChannels = u.C;
  let phases = u.SH * u.SW;
  let fold = group.z / phases;
  let phase = vec2u(group.z % phases / u.SW, group.z % u.SW);
  let extent = vec2u((u.H + u.SH - 1u - phase.x) / u.SH, (u.W + u.SW - 1u - phase.y) / u.SW);
  //#else
  let inChannels = u.C;
  let outChannels = u.OC;
  let fold = group.z;
  let phase = vec2u();
  let extent = vec2u(u.OH, u.OW);
  //#endif
  let p = ((fold * groups.y + group.y) * LANES_Y + lane.y) * PIXELS;
  let r = (group.x * LANES_X + lane.x) * 16u;
  let last = u.N * extent.x * extent.y;
  if (p >= last || r >= outChannels) { return; }

  // sPR: pixels p + 4P.., results r + 4R..
  let b0 = beginning(r); let b1 = beginning(r + 4u); let b2 = beginning(r + 8u); let b3 = beginning(r + 12u);
  var s00 = b0; var s01 = b1; var s02 = b2; var s03 = b3;
  var s10 = b0; var s11 = b1; var s12 = b2; var s13 = b3;
  let none = mat4x4f();
  for (var kh = 0u; kh < u.KH; kh++) {
    for (var kw = 0u; kw < u.KW; kw++) {
      //#if INPUT_VJP
      let offset = vec2i(phase) + vec2i(u.top, u.left) - vec2i(i32(kh * u.DH), i32(kw * u.DW));
      if (offset.x % i32(u.SH) != 0 || offset.y % i32(u.SW) != 0) { continue; }
      //#endif
      let at = vec2u(kh, kw);
      let p0 = source(p, at, phase, extent);
      let p1 = source(min(p + 1u, last - 1u), at, phase, extent);
      let p2 = source(min(p + 2u, last - 1u), at, phase, extent);
      let p3 = source(min(p + 3u, last - 1u), at, phase, extent);
      let p4 = source(min(p + 4u, last - 1u), at, phase, extent);
      let p5 = source(min(p + 5u, last - 1u), at, phase, extent);
      let p6 = source(min(p + 6u, last - 1u), at, phase, extent);
      let p7 = source(min(p + 7u, last - 1u), at, phase, extent);
      let tap = kh * u.KW + kw;
      var t00 = none; var t01 = none; var t02 = none; var t03 = none;
      var t10 = none; var t11 = none; var t12 = none; var t13 = none;
      for (var k = 0u; k < inChannels; k += 4u) {
        let w0 = weights(tap, k, r);
        let w1 = weights(tap, k, r + 4u);
        let w2 = weights(tap, k, r + 8u);
        let w3 = weights(tap, k, r + 12u);
        let in0 = mat4x4f(loadIn(p0, k), loadIn(p1, k), loadIn(p2, k), loadIn(p3, k));
        t00 += w0 * in0; t01 += w1 * in0; t02 += w2 * in0; t03 += w3 * in0;
        let in1 = mat4x4f(loadIn(p4, k), loadIn(p5, k), loadIn(p6, k), loadIn(p7, k));
        t10 += w0 * in1; t11 += w1 * in1; t12 += w2 * in1; t13 += w3 * in1;
      }
      s00 += t00; s01 += t01; s02 += t02; s03 += t03;
      s10 += t10; s11 += t11; s12 += t12; s13 += t13;
    }
  }
  // block i / 4 of pixels and i % 4 of results; in a loop, since this written out takes longest of all to compile
  var sums = array<mat4x4f, 8>(s00, s01, s02, s03, s10, s11, s12, s13);
  for (var i = 0u; i < 4u * PIXELS; i++) {
    let block = i / 4u;
    store(p + block / 4u * 4u + i % 4u, r + block % 4u * 4u, sums[block][i % 4u], phase, extent);
  }
}
