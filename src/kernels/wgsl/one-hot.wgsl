// y[row, c] = 1 where c is the row's index, else 0. One invocation computes one element.
//   VEC4: C is a multiple of 4; four neighbouring classes at a time.
struct Uniforms { n: u32, C: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<i32>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let c = i * L % u.C;
  let index = x[i * L / u.C];
  //#if VEC4
  y[i] = select(vec4f(), vec4f(1.0), vec4i(i32(c)) + vec4i(0, 1, 2, 3) == vec4i(index));
  //#else
  y[i] = select(0.0, 1.0, i32(c) == index);
  //#endif
}
