// Backward rules of ReLU; one invocation computes one element of dx:
//   gradient   dx = dy * f'(x)                 GATE_X
//   deconvnet  dx = dy * [dy > 0]              GATE_DY   (Zeiler and Fergus 2014)
//   guided     dx = dy * f'(x) * [dy > 0]      both      (Springenberg et al. 2015)
// f'(x) is 1 where threshold < x < most, 0 beyond, and the slope (0, unless the ReLU is leaky) below the threshold; what it
// is at the two corners themselves is given.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load and one store each.
struct Uniforms { n: u32, most: f32, threshold: f32, slope: f32, atThreshold: f32, atMost: f32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read_write> dx: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  var d = dy[i];
  //#if GATE_X
  let v = x[i];
  let above = v > T(u.threshold);
  var slope = select(T(u.slope), T(1.0), above);
  slope = select(slope, T(u.atThreshold), v == T(u.threshold));
  slope = select(slope, T(u.atMost), above & (v == T(u.most)));
  slope = select(slope, T(0.0), above & (v > T(u.most)));
  d = select(T(0.0), d * slope, slope != T(0.0)); // never -0
  //#endif
  //#if GATE_DY
  d = select(T(0.0), d, d > T(0.0));
  //#endif
  dx[i] = d;
}
