// y[o, c, r] = x[o, r, c], for `outer` matrices of R x C. A workgroup of 16 x 16 turns a square through workgroup
// memory, so that neighbouring lanes read and write neighbouring elements; the 17th column keeps them off one bank.
struct Uniforms { outer: u32, R: u32, C: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> square: array<f32, 272>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let matrix = group.z * u.R * u.C;
  let c = group.x * 16u + at.x;
  let r = group.y * 16u + at.y;
  if (c < u.C && r < u.R) { square[at.y * 17u + at.x] = x[matrix + r * u.C + c]; }
  workgroupBarrier();
  let column = group.x * 16u + at.y;
  let row = group.y * 16u + at.x;
  if (column < u.C && row < u.R) { y[matrix + column * u.R + row] = square[at.x * 17u + at.y]; }
}
