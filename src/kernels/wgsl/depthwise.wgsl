// Depthwise convolution: every channel c has M filters of its own, w [KH, KW, C, M]:
//   y[n, oh, ow, c*M + m] = b[c*M + m] + sum over kh, kw of x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c] * w[kh, kw, c, m]
// One invocation computes one element (n counts elements of y).
//   VEC4: M is 1 and C a multiple of 4; four channels at a time.
struct Uniforms {
  n: u32, N: u32, H: u32, W: u32, C: u32, M: u32, OH: u32, OW: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, hasBias: u32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> w: array<T>;
@group(0) @binding(2) var<storage, read> b: array<T>;
@group(0) @binding(3) var<storage, read_write> y: array<T>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let outputs = channels * u.M;
  let o = i % outputs;
  let c = o / u.M;
  let ow = (i / outputs) % u.OW;
  let oh = (i / (outputs * u.OW)) % u.OH;
  let image = i / (outputs * u.OW * u.OH) * u.H;
  var sum = T(0.0);
  for (var kh = 0u; kh < u.KH; kh++) {
    let ih = i32(oh * u.SH + kh * u.DH) - u.top;
    if (ih < 0 || ih >= i32(u.H)) { continue; }
    for (var kw = 0u; kw < u.KW; kw++) {
      let iw = i32(ow * u.SW + kw * u.DW) - u.left;
      if (iw < 0 || iw >= i32(u.W)) { continue; }
      sum += x[((image + u32(ih)) * u.W + u32(iw)) * channels + c] * w[(kh * u.KW + kw) * outputs + o];
    }
  }
  if (u.hasBias != 0u) { sum += b[o]; }
  y[i] = sum;
}
