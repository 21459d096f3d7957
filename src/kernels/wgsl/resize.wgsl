// Resizes pictures to OH x OW by bilinear interpolation, half-pixel centres unless ALIGN_CORNERS; NEAREST takes the
// pixel floor((o + 0.5) * scale). One invocation computes one element (n counts elements of y).
//   VJP: dx[pixel] = sum over outputs o of dy[o] * weight, weight = max(0, 1 - |position(o) - pixel|) along each axis.
//     One invocation computes one element of dx (n counts elements of x) and visits the outputs that can reach it.
//   VEC4: C is a multiple of 4; four channels at a time.
struct Uniforms { n: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

//#if VJP
@group(0) @binding(0) var<storage, read> dy: array<T>;
@group(0) @binding(1) var<storage, read_write> dx: array<T>;
//#else
@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
//#endif
@group(0) @binding(2) var<uniform> u: Uniforms;

/** Where output index o of `outputs` lies among `inputs`, in input pixels. */
fn position(o: u32, inputs: u32, outputs: u32) -> f32 {
  //#if NEAREST
  return f32(min(u32((f32(o) + 0.5) * f32(inputs) / f32(outputs)), inputs - 1u));
  //#elif ALIGN_CORNERS
  return f32(o) * f32(inputs - 1u) / f32(max(outputs, 2u) - 1u);
  //#else
  return clamp((f32(o) + 0.5) * f32(inputs) / f32(outputs) - 0.5, 0.0, f32(inputs - 1u));
  //#endif
}

//#if VJP
/** Range of outputs that can lie within one pixel of input index i, generously. */
fn reach(i: u32, inputs: u32, outputs: u32) -> vec2u {
  let scale = f32(outputs) / f32(inputs);
  let stretch = f32(max(outputs, 2u)) / f32(max(inputs, 2u) - 1u);
  let low = max(min((f32(i) - 1.0) * scale, (f32(i) - 1.0) * stretch) - 2.0, 0.0);
  let high = max((f32(i) + 2.0) * scale, (f32(i) + 1.0) * stretch) + 2.0;
  return vec2u(u32(low), min(u32(high), outputs));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let c = i % channels;
  let iw = (i / channels) % u.W;
  let ih = (i / (channels * u.W)) % u.H;
  let image = i / (channels * u.W * u.H) * u.OH;
  let rows = reach(ih, u.H, u.OH);
  let columns = reach(iw, u.W, u.OW);
  var sum = T(0.0);
  for (var oh = rows.x; oh < rows.y; oh++) {
    let weightH = max(0.0, 1.0 - abs(position(oh, u.H, u.OH) - f32(ih)));
    if (weightH == 0.0) { continue; }
    for (var ow = columns.x; ow < columns.y; ow++) {
      let weightW = max(0.0, 1.0 - abs(position(ow, u.W, u.OW) - f32(iw)));
      sum += dy[((image + oh) * u.OW + ow) * channels + c] * (weightH * weightW);
    }
  }
  dx[i] = sum;
}
//#else
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let channels = u.C / L;
  let c = i % channels;
  let h = position((i / (channels * u.OW)) % u.OH, u.H, u.OH);
  let v = position((i / channels) % u.OW, u.W, u.OW);
  let image = i / (channels * u.OW * u.OH) * u.H;
  let h0 = u32(h);
  let v0 = u32(v);
  let h1 = min(h0 + 1u, u.H - 1u);
  let v1 = min(v0 + 1u, u.W - 1u);
  let upper = mix(x[((image + h0) * u.W + v0) * channels + c], x[((image + h0) * u.W + v1) * channels + c], T(v - f32(v0)));
  let lower = mix(x[((image + h1) * u.W + v0) * channels + c], x[((image + h1) * u.W + v1) * channels + c], T(v - f32(v0)));
  y[i] = mix(upper, lower, T(h - f32(h0)));
}
//#endif
