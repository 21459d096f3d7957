// Batch norm at inference, per channel: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta.
// One invocation computes one element; without hasGamma gamma is 1, without hasBeta beta is 0.
// VJP: dx = dy / sqrt(variance + epsilon) * gamma, so that x is dy, mean and beta are left out.
//   VEC4: the channel count (hence n) is a multiple of 4; four channels at a time.
struct Uniforms { n: u32, C: u32, epsilon: f32, hasGamma: u32, hasBeta: u32, hasMean: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> gamma: array<T>;
@group(0) @binding(2) var<storage, read> beta: array<T>;
@group(0) @binding(3) var<storage, read> mean: array<T>;
@group(0) @binding(4) var<storage, read> variance: array<T>;
@group(0) @binding(5) var<storage, read_write> y: array<T>;
@group(0) @binding(6) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let c = i % (u.C / L);
  var v = x[i];
  if (u.hasMean != 0u) { v -= mean[c]; }
  v *= inverseSqrt(variance[c] + T(u.epsilon));
  if (u.hasGamma != 0u) { v *= gamma[c]; }
  if (u.hasBeta != 0u) { v += beta[c]; }
  y[i] = v;
}
