// Gradient of conv2d for its input:
//   dx[n, ih, iw, c] = sum over kh, kw, oc of  dy[n, oh, ow, oc] * w[kh, kw, c, oc],
// where oh*SH + kh*DH - top = ih (and likewise for columns): taps for which no such whole oh exists contribute nothing.
// Naive: one invocation computes one value of dx.
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, OC: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, G: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.N * u.H * u.W * u.C) { return; }
  let c = i % u.C;
  let iw = (i / u.C) % u.W;
  let ih = (i / (u.C * u.W)) % u.H;
  let n = i / (u.C * u.W * u.H);
  let channels = u.C / u.G;
  let outputs = u.OC / u.G;
  let firstOc = c / channels * outputs;

  var sum = 0.0;
  for (var kh = 0u; kh < u.KH; kh++) {
    for (var kw = 0u; kw < u.KW; kw++) {
      let h = i32(ih) + u.top - i32(kh * u.DH);
      let v = i32(iw) + u.left - i32(kw * u.DW);
      if (h < 0 || v < 0) { continue; }
      let oh = u32(h) / u.SH;
      let ow = u32(v) / u.SW;
      if (oh * u.SH != u32(h) || ow * u.SW != u32(v) || oh >= u.OH || ow >= u.OW) { continue; }
      let pixel = ((n * u.OH + oh) * u.OW + ow) * u.OC + firstOc;
      let row = ((kh * u.KW + kw) * channels + c % channels) * u.OC + firstOc;
      for (var oc = 0u; oc < outputs; oc++) { sum += dy[pixel + oc] * w[row + oc]; }
    }
  }
  dx[i] = sum;
}
