// Multiplications and additions with nothing to wait for: the most that the adapter can compute.
// One invocation keeps eight vectors in registers and runs x = x * factor + offset on each, `steps` times: 64 operations a
// step. The chains do not depend on each other, so that the latency of one hides behind the other seven.
struct Uniforms { groups: u32, steps: u32, factor: f32, offset: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(u.factor);
  let b = vec4f(u.offset);
  let x = vec4f(f32(id.x) * 1e-6) + vec4f(0.1, 0.2, 0.3, 0.4);
  var x0 = x; var x1 = x + b; var x2 = x - b; var x3 = x + a;
  var x4 = x - a; var x5 = x * a; var x6 = x * b; var x7 = b - x;
  for (var step = 0u; step < u.steps; step++) {
    x0 = fma(x0, a, b); x1 = fma(x1, a, b); x2 = fma(x2, a, b); x3 = fma(x3, a, b);
    x4 = fma(x4, a, b); x5 = fma(x5, a, b); x6 = fma(x6, a, b); x7 = fma(x7, a, b);
  }
  y[id.x] = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
}
