// y[o, c, r] = x[o, r, c], for `outer` matrices of R x C.
// One invocation moves one element; it reads in order and writes with a stride of R.
//   BLOCKS: R and C are multiples of 4; one invocation turns a block of 4 x 4 in registers, four vectors in and out.
struct Uniforms { outer: u32, R: u32, C: u32 }

//#if BLOCKS
alias T = vec4f;
//#else
alias T = f32;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  //#if BLOCKS
  let rows = u.R / 4u;
  let columns = u.C / 4u;
  if (i >= u.outer * rows * columns) { return; }
  let c = i % columns;
  let r = (i / columns) % rows;
  let matrix = i / (columns * rows) * rows * columns * 4u;
  let source = matrix + r * 4u * columns + c;
  let block = transpose(mat4x4f(x[source], x[source + columns], x[source + 2u * columns], x[source + 3u * columns]));
  let place = matrix + c * 4u * rows + r;
  y[place] = block[0];
  y[place + rows] = block[1];
  y[place + 2u * rows] = block[2];
  y[place + 3u * rows] = block[3];
  //#else
  if (i >= u.outer * u.R * u.C) { return; }
  let c = i % u.C;
  let r = (i / u.C) % u.R;
  y[(i / (u.C * u.R) * u.C + c) * u.R + r] = x[i];
  //#endif
}
