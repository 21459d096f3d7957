// dx of a max pool as in max-pool-vjp.wgsl, for windows that do not overlap and begin at the first pixel (2 x 2 with stride
// 2, say). One invocation fills a whole window, and the pixels up to the next one: it reads y and dy once where the other
// kernel reads them for every pixel. VGG16's first pool: 5 times as fast on lavapipe, 4 times on SwiftShader.
//   VEC4: C is a multiple of 4; four channels at a time.
// n counts elements of x.
struct Uniforms {
  n: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, KH: u32, KW: u32, SH: u32, SW: u32, top: i32, left: i32,
}

//#if VEC4
alias T = vec4f;
alias Found = vec4<bool>;
const L: u32 = 4u;
//#else
alias T = f32;
alias Found = bool;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> y: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<storage, read_write> dx: array<T>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let channels = u.C / L;
  let across = (u.W + u.SW - 1u) / u.SW;
  let down = (u.H + u.SH - 1u) / u.SH;
  let images = u.n / (u.H * u.W * u.C);
  if (i >= images * down * across * channels) { return; }
  let c = i % channels;
  let ow = i / channels % across;
  let oh = i / (channels * across) % down;
  let image = i / (channels * across * down);
  // behind the last window there may be pixels of none
  let exists = oh < u.OH && ow < u.OW;
  let o = select(0u, ((image * u.OH + oh) * u.OW + ow) * channels + c, exists);
  let most = y[o];
  let d = select(T(0.0), dy[o], exists);
  var found = Found(false);
  for (var kh = 0u; kh < u.SH; kh++) {
    for (var kw = 0u; kw < u.SW; kw++) {
      let h = oh * u.SH + kh;
      let v = ow * u.SW + kw;
      if (h >= u.H || v >= u.W) { continue; }
      let at = ((image * u.H + h) * u.W + v) * channels + c;
      let isHere = Found(kh < u.KH && kw < u.KW) & (x[at] == most) & !found;
      dx[at] = select(T(0.0), d, isHere);
      found = found | isHere;
    }
  }
}
