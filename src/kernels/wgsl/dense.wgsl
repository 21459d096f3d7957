// Part of a dense layer: y[slice, n, oc] = sum over the slice's k of x[n, k] * w[k, oc].
// One invocation computes one output (of one row n and one slice) and reads w down a column, so that neighbouring
// lanes read neighbouring weights. Slices of k run side by side; their sum, and the bias, come from sum-slices.
// w may be a piece of the weights that begins at row firstK; its slices are numbered from firstSlice.
//   VEC4: OC is a multiple of 4; four outputs at a time.
struct Uniforms { N: u32, K: u32, OC: u32, firstK: u32, rows: u32, perSlice: u32, firstSlice: u32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let outputs = u.OC / L;
  let oc = group.x * 64u + lane;
  if (oc >= outputs) { return; }
  let n = group.y;
  let begin = group.z * u.perSlice;
  let end = min(begin + u.perSlice, u.rows);
  var sum = T(0.0);
  for (var k = begin; k < end; k++) { sum += x[n * u.K + u.firstK + k] * w[k * outputs + oc]; }
  y[((u.firstSlice + group.z) * u.N + n) * outputs + oc] = sum;
}
