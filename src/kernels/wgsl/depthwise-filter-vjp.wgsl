// Gradient of the depthwise convolution for its weights:
//   dw[kh, kw, c, m] = sum over n, oh, ow of x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c] * dy[n, oh, ow, c*M + m]
// One invocation computes one element for the output rows (n, oh) of its slice; sum-slices adds them.
// dw here is [slices, KH, KW, C, M] (n counts elements of one slice).
//   VEC4: M is 1 and C a multiple of 4; four channels at a time.
struct Uniforms {
  n: u32, N: u32, H: u32, W: u32, C: u32, M: u32, OH: u32, OW: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, slices: u32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read_write> dw: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  let size = u.n / L;
  if (i >= size) { return; }
  let channels = u.C / L;
  let outputs = channels * u.M;
  let o = i % outputs;
  let kw = (i / outputs) % u.KW;
  let kh = i / (outputs * u.KW);
  let rows = u.N * u.OH;
  let perSlice = (rows + u.slices - 1u) / u.slices;
  let end = min((group.y + 1u) * perSlice, rows);
  var sum = T(0.0);
  for (var row = group.y * perSlice; row < end; row++) {
    let ih = i32((row % u.OH) * u.SH + kh * u.DH) - u.top;
    if (ih < 0 || ih >= i32(u.H)) { continue; }
    let line = (row / u.OH * u.H + u32(ih)) * u.W;
    for (var ow = 0u; ow < u.OW; ow++) {
      let iw = i32(ow * u.SW + kw * u.DW) - u.left;
      if (iw < 0 || iw >= i32(u.W)) { continue; }
      sum += x[(line + u32(iw)) * channels + o / u.M] * dy[(row * u.OW + ow) * outputs + o];
    }
  }
  dw[group.y * size + i] = sum;
}
