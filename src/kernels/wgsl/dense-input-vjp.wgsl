// VJP of a dense layer for its input: dx[n, k] = sum over oc of dy[n, oc] * w[k, oc].
// One invocation computes one value: it walks a row of w. w may be a piece that begins at row firstK.
//   VEC4: OC is a multiple of 4; four products at a time.
struct Uniforms { N: u32, K: u32, OC: u32, firstK: u32, rows: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> dy: array<T>;
@group(0) @binding(1) var<storage, read> w: array<T>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let outputs = u.OC / L;
  let k = group.x * 64u + lane;
  if (k >= u.rows) { return; }
  let n = group.y;
  var sum = T(0.0);
  for (var oc = 0u; oc < outputs; oc++) { sum += dy[n * outputs + oc] * w[k * outputs + oc]; }
  //#if VEC4
  dx[n * u.K + u.firstK + k] = sum.x + sum.y + sum.z + sum.w;
  //#else
  dx[n * u.K + u.firstK + k] = sum;
  //#endif
}
