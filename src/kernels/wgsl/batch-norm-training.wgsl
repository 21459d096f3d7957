// Batch norm by the moments [2, C] of the batch itself, mean and variance: y = xhat * gamma + beta,
// xhat = (x - mean) / sqrt(variance + epsilon). Without hasGamma gamma is 1, without hasBeta beta is 0.
//   VJP: x's gradient, which also passes through the mean and the variance of its rows:
//     dx = gamma / sqrt(variance + epsilon) * (dy - (sums[0] + xhat * sums[1]) / rows),
//     with the sums over all rows that batch-norm-sums.wgsl finds: of dy, and of dy * xhat.
// One invocation computes one element.
//   VEC4: the channel count (hence n) is a multiple of 4; four channels at a time.
//#if VJP
struct Uniforms { n: u32, C: u32, rows: u32, epsilon: f32, hasGamma: u32 }
//#else
struct Uniforms { n: u32, C: u32, epsilon: f32, hasGamma: u32, hasBeta: u32 }
//#endif

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> moments: array<T>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
//#if VJP
@group(0) @binding(3) var<storage, read> dy: array<T>;
@group(0) @binding(4) var<storage, read> sums: array<T>;
@group(0) @binding(5) var<storage, read_write> dx: array<T>;
@group(0) @binding(6) var<uniform> u: Uniforms;
//#else
@group(0) @binding(3) var<storage, read> beta: array<T>;
@group(0) @binding(4) var<storage, read_write> y: array<T>;
@group(0) @binding(5) var<uniform> u: Uniforms;
//#endif

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let C = u.C / L;
  let c = i % C;
  let factor = inverseSqrt(moments[C + c] + T(u.epsilon));
  let xhat = (x[i] - moments[c]) * factor;
  //#if VJP
  var v = (dy[i] - (sums[c] + xhat * sums[C + c]) / T(f32(u.rows))) * factor;
  if (u.hasGamma != 0u) { v *= gamma[c]; }
  dx[i] = v;
  //#else
  var v = xhat;
  if (u.hasGamma != 0u) { v *= gamma[c]; }
  if (u.hasBeta != 0u) { v += beta[c]; }
  y[i] = v;
  //#endif
}
