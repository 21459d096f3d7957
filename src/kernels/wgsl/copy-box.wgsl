// Copies a box of e0 x e1 x e2 x e3 elements between two arrays: y[yFirst + index] = x[xFirst + index], where index follows
// each array's own strides (the last stride is 1). Padding, cropping, slicing and concatenation are all this.
// One invocation copies one element.
//   VEC4: the last extent and all strides and offsets are multiples of 4; four elements at a time.
struct Uniforms {
  n: u32, e1: u32, e2: u32, e3: u32,
  x0: u32, x1: u32, x2: u32, xFirst: u32, y0: u32, y1: u32, y2: u32, yFirst: u32,
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
  let inner = u.e3 / L;
  let at = vec4u(i / (u.e1 * u.e2 * inner), (i / (u.e2 * inner)) % u.e1, (i / inner) % u.e2, i % inner);
  let source = (at.x * u.x0 + at.y * u.x1 + at.z * u.x2 + u.xFirst) / L + at.w;
  y[(at.x * u.y0 + at.y * u.y1 + at.z * u.y2 + u.yFirst) / L + at.w] = x[source];
}
