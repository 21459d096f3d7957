// y = min(x, most) above the threshold, else slope * (x - threshold): ReLU, clipped ReLU (most = 6: ReLU6), leaky ReLU
// (slope > 0). One invocation computes one element.
//   VEC4: n is a multiple of 4; one invocation handles four elements, one load and one store each.
struct Uniforms { n: u32, most: f32, threshold: f32, slope: f32 }

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
  let v = x[i];
  let below = select(T(0.0), u.slope * (v - u.threshold), u.slope != 0.0); // never -0
  y[i] = select(below, min(v, T(u.most)), v > T(u.threshold));
}
