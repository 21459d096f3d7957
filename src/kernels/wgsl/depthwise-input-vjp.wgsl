// Gradient of the depthwise convolution for its input:
//   dx[n, ih, iw, c] = sum over kh, kw, m of dy[n, oh, ow, c*M + m] * w[kh, kw, c, m], where oh*SH + kh*DH - top = ih.
// One invocation computes one element (n counts elements of x).
//   VEC4: M is 1 and C a multiple of 4; four channels at a time.
struct Uniforms {
  n: u32, N: u32, H: u32, W: u32, C: u32, M: u32, OH: u32, OW: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> dy: array<T>;
@group(0) @binding(1) var<storage, read> w: array<T>;
@group(0) @binding(2) var<storage, read_write> dx: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let outputs = channels * u.M;
  let c = i % channels;
  let iw = (i / channels) % u.W;
  let ih = (i / (channels * u.W)) % u.H;
  let image = i / (channels * u.W * u.H) * u.OH;
  var sum = T(0.0);
  for (var kh = 0u; kh < u.KH; kh++) {
    let h = i32(ih) + u.top - i32(kh * u.DH);
    let oh = u32(max(h, 0)) / u.SH;
    if (h < 0 || oh * u.SH != u32(h) || oh >= u.OH) { continue; }
    for (var kw = 0u; kw < u.KW; kw++) {
      let v = i32(iw) + u.left - i32(kw * u.DW);
      let ow = u32(max(v, 0)) / u.SW;
      if (v < 0 || ow * u.SW != u32(v) || ow >= u.OW) { continue; }
      let pixel = ((image + oh) * u.OW + ow) * outputs + c * u.M;
      let row = (kh * u.KW + kw) * outputs + c * u.M;
      for (var m = 0u; m < u.M; m++) { sum += dy[pixel + m] * w[row + m]; }
    }
  }
  dx[i] = sum;
}
