// Gradient of conv2d for its weights:
//   dw[kh, kw, c, oc] = sum over n, oh, ow of  x[n, oh*SH + kh*DH - top, ow*SW + kw*DW - left, c] * dy[n, oh, ow, oc]
// Naive: one invocation computes one value of dw, for output rows (n, oh) of its slice; slices are added afterwards,
// since one loop over all pixels would be long and leave a GPU idle. dw here is [slices, KH, KW, C/G, OC].
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, OC: u32, KH: u32, KW: u32,
  SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32, G: u32, slices: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channels = u.C / u.G;
  let size = u.KH * u.KW * channels * u.OC;
  let i = (group.z * groups.x + group.x) * 64u + lane;
  if (i >= size) { return; }
  let oc = i % u.OC;
  let c = (i / u.OC) % channels + oc / (u.OC / u.G) * channels;
  let kw = (i / (u.OC * channels)) % u.KW;
  let kh = i / (u.OC * channels * u.KW);

  let rows = u.N * u.OH;
  let perSlice = (rows + u.slices - 1u) / u.slices;
  let end = min((group.y + 1u) * perSlice, rows);
  var sum = 0.0;
  for (var row = group.y * perSlice; row < end; row++) {
    let ih = i32((row % u.OH) * u.SH + kh * u.DH) - u.top;
    if (ih < 0 || ih >= i32(u.H)) { continue; }
    let line = (row / u.OH * u.H + u32(ih)) * u.W;
    for (var ow = 0u; ow < u.OW; ow++) {
      let iw = i32(ow * u.SW + kw * u.DW) - u.left;
      if (iw < 0 || iw >= i32(u.W)) { continue; }
      sum += x[(line + u32(iw)) * u.C + c] * dy[(row * u.OW + ow) * u.OC + oc];
    }
  }
  dw[group.y * size + i] = sum;
}
