// 2-D convolution, NHWC, weights [KH, KW, C/G, OC] (Keras' HWIO), G groups:
//   y[n, oh, ow, oc] = b[oc] + sum over kh, kw, c of  x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c] * w[kh, kw, c, oc]
// Naive: one invocation computes one output value; pixels outside the picture count as zero.
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, OC: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, G: u32, hasBias: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.N * u.OH * u.OW * u.OC) { return; }
  let oc = i % u.OC;
  let ow = (i / u.OC) % u.OW;
  let oh = (i / (u.OC * u.OW)) % u.OH;
  let n = i / (u.OC * u.OW * u.OH);
  let channels = u.C / u.G;
  let firstC = oc / (u.OC / u.G) * channels;

  var sum = 0.0;
  for (var kh = 0u; kh < u.KH; kh++) {
    for (var kw = 0u; kw < u.KW; kw++) {
      let ih = i32(oh * u.SH + kh * u.DH) - u.top;
      let iw = i32(ow * u.SW + kw * u.DW) - u.left;
      if (ih < 0 || ih >= i32(u.H) || iw < 0 || iw >= i32(u.W)) { continue; }
      let pixel = ((n * u.H + u32(ih)) * u.W + u32(iw)) * u.C + firstC;
      for (var c = 0u; c < channels; c++) {
        sum += x[pixel + c] * w[((kh * u.KW + kw) * channels + c) * u.OC + oc];
      }
    }
  }
  if (u.hasBias != 0u) { sum += b[oc]; }
  y[i] = sum;
}
