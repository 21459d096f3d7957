// y = a b of square matrices, n a multiple of 64: the product ceiling of a GPU, whose workgroup memory is fast.
// A workgroup of 16 x 16 invocations computes 64 x 64 results. Sixteen columns of a and rows of b at a time are copied to
// workgroup memory; there one invocation reads four numbers of a and one vector of b for 4 x 4 results in registers.
struct Uniforms { n: u32 }

const SIDE: u32 = 64u;
const DEPTH: u32 = 16u;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> u: Uniforms;

var<workgroup> tileA: array<vec4f, 256>; // [row of 64][4 vectors of k]
var<workgroup> tileB: array<vec4f, 256>; // [k of 16][16 vectors of columns]

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u, @builtin(local_invocation_index) lane: u32) {
  let vectors = u.n / 4u;
  let row = group.y * SIDE;
  let column = group.x * (SIDE / 4u);
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  for (var k = 0u; k < u.n; k += DEPTH) {
    tileA[lane] = a[(row + lane / 4u) * vectors + k / 4u + lane % 4u];
    tileB[lane] = b[(k + lane / 16u) * vectors + column + lane % 16u];
    workgroupBarrier();
    for (var q = 0u; q < 4u; q++) {
      let b0 = tileB[(4u * q) * 16u + at.x]; let b1 = tileB[(4u * q + 1u) * 16u + at.x];
      let b2 = tileB[(4u * q + 2u) * 16u + at.x]; let b3 = tileB[(4u * q + 3u) * 16u + at.x];
      let a0 = tileA[(4u * at.y) * 4u + q]; let a1 = tileA[(4u * at.y + 1u) * 4u + q];
      let a2 = tileA[(4u * at.y + 2u) * 4u + q]; let a3 = tileA[(4u * at.y + 3u) * 4u + q];
      s0 = fma(vec4f(a0.x), b0, s0); s0 = fma(vec4f(a0.y), b1, s0); s0 = fma(vec4f(a0.z), b2, s0); s0 = fma(vec4f(a0.w), b3, s0);
      s1 = fma(vec4f(a1.x), b0, s1); s1 = fma(vec4f(a1.y), b1, s1); s1 = fma(vec4f(a1.z), b2, s1); s1 = fma(vec4f(a1.w), b3, s1);
      s2 = fma(vec4f(a2.x), b0, s2); s2 = fma(vec4f(a2.y), b1, s2); s2 = fma(vec4f(a2.z), b2, s2); s2 = fma(vec4f(a2.w), b3, s2);
      s3 = fma(vec4f(a3.x), b0, s3); s3 = fma(vec4f(a3.y), b1, s3); s3 = fma(vec4f(a3.z), b2, s3); s3 = fma(vec4f(a3.w), b3, s3);
    }
    workgroupBarrier();
  }
  let o = (row + 4u * at.y) * vectors + column + at.x;
  y[o] = s0; y[o + vectors] = s1; y[o + 2u * vectors] = s2; y[o + 3u * vectors] = s3;
}
