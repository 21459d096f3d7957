// dx[pixel] = sum over the windows that contain it of dy / (pixels of the window inside the picture).
// One invocation computes one element of dx (n counts elements of x).
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

@group(0) @binding(0) var<storage, read> dy: array<T>;
@group(0) @binding(1) var<storage, read_write> dx: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

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
  var sum = T(0.0);
  for (var oh = ohBegin; oh < ohEnd; oh++) {
    for (var ow = owBegin; ow < owEnd; ow++) {
      let first = vec2i(i32(oh * u.SH) - u.top, i32(ow * u.SW) - u.left);
      let begin = max(first, vec2i(0, 0));
      let end = min(first + vec2i(i32(u.KH), i32(u.KW)), vec2i(i32(u.H), i32(u.W)));
      let extent = end - begin;
      sum += dy[((n * u.OH + oh) * u.OW + ow) * channels + c] / f32(extent.x * extent.y);
    }
  }
  dx[i] = sum;
}
