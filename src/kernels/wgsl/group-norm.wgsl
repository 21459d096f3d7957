// y = (x - mean) * factor * gamma + beta for x seen as [outer, R, G, K], with the mean and factor of each group that
// group-moments.wgsl finds, and gamma and beta of G * K; without hasGamma gamma is 1, without hasBeta beta is 0.
//   VJP: dx = factor * (dy * gamma - s.x - xhat * s.y), xhat = (x - mean) * factor, with the sums s of each group that
//     group-moments-vjp.wgsl finds.
// One invocation computes one element.
//   VEC4: K is a multiple of 4; four elements at a time.
//#if VJP
struct Uniforms { n: u32, R: u32, G: u32, K: u32, hasGamma: u32 }
//#else
struct Uniforms { n: u32, R: u32, G: u32, K: u32, hasGamma: u32, hasBeta: u32 }
//#endif

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> stats: array<vec2f>;
@group(0) @binding(2) var<storage, read> gamma: array<T>;
//#if VJP
@group(0) @binding(3) var<storage, read> dy: array<T>;
@group(0) @binding(4) var<storage, read> sums: array<vec2f>;
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
  let k = u.K / L;
  let c = i % (u.G * k);
  let at = i / (u.G * k * u.R) * u.G + c / k;
  let s = stats[at];
  let xhat = (x[i] - T(s.x)) * s.y;
  //#if VJP
  var v = dy[i];
  if (u.hasGamma != 0u) { v *= gamma[c]; }
  dx[i] = (v - T(sums[at].x) - xhat * sums[at].y) * s.y;
  //#else
  var v = xhat;
  if (u.hasGamma != 0u) { v *= gamma[c]; }
  if (u.hasBeta != 0u) { v += beta[c]; }
  y[i] = v;
  //#endif
}
