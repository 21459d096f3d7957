// Packs what a convolution's taps see for the product that is its weights' gradient: a[p, k], k = (kh, kw, channel),
//   a[p, (kh, kw, c)] = x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c] for pixel p = (n, oh, ow) of the result.
// Zeros outside the picture and behind the last k. One invocation packs four k of one pixel.
//   VEC4: C is a multiple of 4, so the four are channels of one tap.
// p begins at `first`; `stride` is vectors to a pixel.
struct Uniforms {
  H: u32, W: u32, C: u32, OH: u32, OW: u32, KH: u32, KW: u32, SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32,
  first: u32, count: u32, stride: u32,
}

//#if VEC4
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
//#else
@group(0) @binding(0) var<storage, read> x: array<f32>;
//#endif
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
@group(0) @binding(2) var<uniform> u: Uniforms;

struct Source { index: u32, inside: bool }

/** Where in x the k-th value of a pixel stands. */
fn source(pixel: u32, k: u32) -> Source {
  let tap = vec2u(k / u.C / u.KW, k / u.C % u.KW);
  let o = vec2u(pixel / u.OW % u.OH, pixel % u.OW);
  let at = vec2i(o * vec2u(u.SH, u.SW) + tap * vec2u(u.DH, u.DW)) - vec2i(u.top, u.left);
  let inside = all(at >= vec2i(0, 0)) & all(at < vec2i(i32(u.H), i32(u.W))) & (tap.x < u.KH);
  let i = ((pixel / (u.OW * u.OH) * u.H + u32(at.x)) * u.W + u32(at.y)) * u.C + k % u.C;
  return Source(select(0u, i, inside), inside);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.count * u.stride) { return; }
  let pixel = u.first + i / u.stride;
  let k = i % u.stride * 4u;
  let s0 = source(pixel, k);
  //#if VEC4
  a[i] = select(vec4f(), x[s0.index / 4u], s0.inside);
  //#else
  let s1 = source(pixel, k + 1u);
  let s2 = source(pixel, k + 2u);
  let s3 = source(pixel, k + 3u);
  let v = vec4f(x[s0.index], x[s1.index], x[s2.index], x[s3.index]);
  a[i] = select(vec4f(), v, vec4<bool>(s0.inside, s1.inside, s2.inside, s3.inside));
  //#endif
}
