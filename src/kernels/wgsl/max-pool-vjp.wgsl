// dx[pixel] = sum of dy over the windows whose maximum stands at this pixel (their "switch").
// A tie goes to the first pixel of the window, row by row, as in TensorFlow. One invocation computes one element of dx
// (n counts elements of x): it visits the windows that contain its pixel and asks each whether its maximum y is here
// and nowhere before.
//   VEC4: C is a multiple of 4; four channels at a time.
struct Uniforms {
  n: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32, KH: u32, KW: u32, SH: u32, SW: u32, top: i32, left: i32,
}

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
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
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let c = i % channels;
  let iw = (i / channels) % u.W;
  let ih = (i / (channels * u.W)) % u.H;
  let n = i / (channels * u.W * u.H);
  let h = ih + u32(u.top);
  let v = iw + u32(u.left);
  let ohEnd = min(h / u.SH + 1u, u.OH);
  let owEnd = min(v / u.SW + 1u, u.OW);
  let ohBegin = select(0u, (h - u.KH) / u.SH + 1u, h >= u.KH);
  let owBegin = select(0u, (v - u.KW) / u.SW + 1u, v >= u.KW);
  let here = x[i];
  var sum = T(0.0);
  for (var oh = ohBegin; oh < ohEnd; oh++) {
    for (var ow = owBegin; ow < owEnd; ow++) {
      let o = ((n * u.OH + oh) * u.OW + ow) * channels + c;
      var d = select(T(0.0), dy[o], here == y[o]);
      // pixels of the window before this one
      let firstH = max(i32(oh * u.SH) - u.top, 0);
      let firstW = max(i32(ow * u.SW) - u.left, 0);
      let endW = min(i32(ow * u.SW + u.KW) - u.left, i32(u.W));
      for (var ph = firstH; ph <= i32(ih); ph++) {
        let stop = select(endW, i32(iw), ph == i32(ih));
        for (var pw = firstW; pw < stop; pw++) {
          let before = x[((n * u.H + u32(ph)) * u.W + u32(pw)) * channels + c];
          d = select(d, T(0.0), before == y[o]);
        }
      }
      sum += d;
    }
  }
  dx[i] = sum;
}
