// Copies n elements between two arrays of six axes, each walked with strides of its own:
//   y[yFirst + sum of at[k] * yk] = x[xFirst + sum of at[k] * xk]  for every index `at` below e0, e1, ... e5.
// Permuted axes, slices with steps and their gradients are all this. One invocation copies one element.
//   VEC4: the last axis lies densely in both, and its extent, all strides and offsets are multiples of 4; four elements
//     at a time.
struct Uniforms {
  n: u32, e1: u32, e2: u32, e3: u32, e4: u32, e5: u32,
  x0: u32, x1: u32, x2: u32, x3: u32, x4: u32, x5: u32, xFirst: u32,
  y0: u32, y1: u32, y2: u32, y3: u32, y4: u32, y5: u32, yFirst: u32,
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
  let inner = u.e5 / L;
  var rest = i / inner;
  let last = (i % inner) * L;
  let a4 = rest % u.e4;
  rest /= u.e4;
  let a3 = rest % u.e3;
  rest /= u.e3;
  let a2 = rest % u.e2;
  rest /= u.e2;
  let a1 = rest % u.e1;
  let a0 = rest / u.e1;
  let source = a0 * u.x0 + a1 * u.x1 + a2 * u.x2 + a3 * u.x3 + a4 * u.x4 + last * u.x5 + u.xFirst;
  let place = a0 * u.y0 + a1 * u.y1 + a2 * u.y2 + a3 * u.y3 + a4 * u.y4 + last * u.y5 + u.yFirst;
  y[place / L] = x[source / L];
}
