// Resizes pictures to OH x OW by bilinear interpolation, half-pixel centres unless ALIGN_CORNERS; NEAREST takes the
// pixel floor((o + 0.5) * scale). One invocation computes one element (n counts elements of y).
//   VEC4: C is a multiple of 4; four channels at a time.
struct Uniforms { n: u32, H: u32, W: u32, C: u32, OH: u32, OW: u32 }

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
