// Backward rules of ReLU; one invocation computes one element of dx:
//   gradient   dx = dy * [0 < x < most]                 GATE_X
//   deconvnet  dx = dy * [dy > 0]                       GATE_DY   (Zeiler and Fergus 2014)
//   guided     dx = dy * [0 < x < most] * [dy > 0]      both      (Springenberg et al. 2015)
// At x = 0 the gradient is 0.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load and one store each.
struct Uniforms { n: u32, most: f32 }

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
  d = select(T(0.0), d, v > T(0.0));
  d = select(T(0.0), d, v < T(u.most));
  //#endif
  //#if GATE_DY
  d = select(T(0.0), d, d > T(0.0));
  //#endif
  dx[i] = d;
}
