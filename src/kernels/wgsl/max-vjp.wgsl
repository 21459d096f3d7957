// VJP of a maximum over the middle axis: dx[o, r, i] = dy[o, i] / count[o, i] where x equals the maximum y, else 0.
// Elements that tie share the gradient evenly, as in TensorFlow's reduce_max. One invocation computes one element.
//   VEC4: inner is a multiple of 4; four elements at a time.
struct Uniforms { n: u32, R: u32, inner: u32 }

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
@group(0) @binding(3) var<storage, read> count: array<T>;
@group(0) @binding(4) var<storage, read_write> dx: array<T>;
@group(0) @binding(5) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let inner = u.inner / L;
  let o = i / (inner * u.R) * inner + i % inner;
  dx[i] = select(T(0.0), dy[o] / count[o], x[i] == y[o]);
}
