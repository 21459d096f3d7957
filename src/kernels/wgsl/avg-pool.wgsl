// y[n, oh, ow, c] = mean of x over the part of the window that lies in the picture (padding is not counted, as in
// TensorFlow). One invocation computes one element (n counts elements of y).
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
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let c = i % channels;
  let ow = (i / channels) % u.OW;
  let oh = (i / (channels * u.OW)) % u.OH;
  let image = i / (channels * u.OW * u.OH) * u.H * u.W;
  let first = vec2i(i32(oh * u.SH) - u.top, i32(ow * u.SW) - u.left);
  let begin = max(first, vec2i(0, 0));
  let end = min(first + vec2i(i32(u.KH), i32(u.KW)), vec2i(i32(u.H), i32(u.W)));
  var sum = T(0.0);
  for (var h = begin.x; h < end.x; h++) {
    for (var v = begin.y; v < end.y; v++) {
      sum += x[(image + u32(h) * u.W + u32(v)) * channels + c];
    }
  }
  let extent = max(end - begin, vec2i(0, 0));
  y[i] = sum / f32(max(extent.x * extent.y, 1));
}
