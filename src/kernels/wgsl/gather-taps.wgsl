// Adds up what each tap of a strided convolution carries back to its input, from a product t that has it tap by tap:
//   dx[n, ih, iw, c] = sum over kh, kw of t[(n, oh, ow), (kh, kw, c)], where oh*SH + kh*DH - top = ih, likewise for columns.
// One invocation computes one value, or four channels of a pixel.
//   VEC4: C is a multiple of 4. `columns` numbers to a row of t, a multiple of 4. N pictures, dx's from `first` on.
struct Uniforms {
  N: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, KH: u32, KW: u32, SH: u32, SW: u32, DH: u32, DW: u32, top: i32, left: i32,
  first: u32, columns: u32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> t: array<T>;
@group(0) @binding(1) var<storage, read_write> dx: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let channels = u.C / L;
  let pixels = u.H * u.W;
  if (i >= u.N * pixels * channels) { return; }
  let c = i % channels;
  let pixel = i / channels % pixels;
  let n = i / (channels * pixels);
  var sum = T();
  for (var kh = 0u; kh < u.KH; kh++) {
    let h = i32(pixel / u.W) + u.top - i32(kh * u.DH);
    let oh = h / i32(u.SH);
    if (h < 0 || oh * i32(u.SH) != h || oh >= i32(u.OH)) { continue; }
    for (var kw = 0u; kw < u.KW; kw++) {
      let v = i32(pixel % u.W) + u.left - i32(kw * u.DW);
      let ow = v / i32(u.SW);
      if (v < 0 || ow * i32(u.SW) != v || ow >= i32(u.OW)) { continue; }
      let row = (n * u.OH + u32(oh)) * u.OW + u32(ow);
      sum += t[row * (u.columns / L) + (kh * u.KW + kw) * channels + c];
    }
  }
  dx[(u.first * pixels) * channels + i] = sum;
}
