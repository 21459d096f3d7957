// Packs what a convolution's taps see for product.wgsl: a[k, p], k = (kh, kw, channel), p = pixel of the result, so that
//   forward: a[(kh, kw, c), p] = x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c]
//   INPUT_VJP (stride 1): a[(kh, kw, oc), p] = dy[n, ih + top - kh*DH, iw + left - kw*DW, oc]
// Zeros outside the picture and behind the last pixel. One invocation packs 4 channels (or 1) of 16 pixels.
//   VEC4: the channels are a multiple of 4.
// H, W, C are of what is read, OW and OH of the pixels p; p begins at `first`, and `stride` is vectors to a k.
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

//#if VEC4
const CHANNELS: u32 = 4u;
//#else
const CHANNELS: u32 = 1u;
//#endif

/** Channels c.. that a tap sees from pixel p of this chunk. */
fn load(p: u32, tap: vec2u, c: u32) -> vec4f {
  let pixel = u.first + min(p, u.count - 1u);
  let o = vec2u(pixel / u.OW % u.OH, pixel % u.OW);
  //#if INPUT_VJP
  let at = vec2i(o) + vec2i(u.top, u.left) - vec2i(tap * vec2u(u.DH, u.DW));
  //#else
  let at = vec2i(o * vec2u(u.SH, u.SW) + tap * vec2u(u.DH, u.DW)) - vec2i(u.top, u.left);
  //#endif
  let inside = all(at >= vec2i(0, 0)) & all(at < vec2i(i32(u.H), i32(u.W))) & (p < u.count);
  let i = select(0u, ((pixel / (u.OW * u.OH) * u.H + u32(at.x)) * u.W + u32(at.y)) * u.C + c, inside);
  //#if VEC4
  return select(vec4f(), x[i / 4u], inside);
  //#else
  return vec4f(select(0.0, x[i], inside), 0.0, 0.0, 0.0);
  //#endif
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let blocks = (u.count + 15u) / 16u;
  let perTap = u.C / CHANNELS;
  let i = (group.y * groups.x + group.x) * 32u + lane;
  if (i >= blocks * perTap * u.KH * u.KW) { return; }
  // neighbours read neighbouring channels
  let c = i % perTap * CHANNELS;
  let t = i / perTap % (u.KH * u.KW);
  let p = i / (perTap * u.KH * u.KW) * 16u;
  let tap = vec2u(t / u.KW, t % u.KW);
  for (var q = 0u; q < 4u; q++) {
    let v = transpose(mat4x4f(
      load(p + 4u * q, tap, c), load(p + 4u * q + 1u, tap, c), load(p + 4u * q + 2u, tap, c), load(p + 4u * q + 3u, tap, c),
    ));
    let to = (t * u.C + c) * u.stride + p / 4u + q;
    a[to] = v[0];
    //#if VEC4
    a[to + u.stride] = v[1];
    a[to + 2u * u.stride] = v[2];
    a[to + 3u * u.stride] = v[3];
    //#endif
  }
}
