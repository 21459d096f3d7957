// y[at + j], j < parts: sums of x[i]^2 that together cover all i below n: the first half of a norm.
// A workgroup of 256 lanes adds up one part. x is seen as vectors of four, dealt out in turn to the lanes of all
// workgroups, so that neighbouring lanes read neighbouring memory; the lanes' sums are combined in workgroup memory.
struct Uniforms { n: u32, parts: u32, at: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = vec4f(0.0);
  for (var i = group.x * 256u + lane; i < u.n / 4u; i += u.parts * 256u) { sum += x[i] * x[i]; }
  partial[lane] = (sum.x + sum.y) + (sum.z + sum.w);
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { y[u.at + group.x] = partial[0]; }
}
