// One step of Adam on n parameters (Kingma and Ba 2014, the faster form at the end of section 2, which is also Keras'):
//   m += (1 - beta1) (dw - m),  v += (1 - beta2) (dw^2 - v),  w -= rate m / (sqrt(v) + epsilon)
// The rate has both bias corrections in it; gain1 and gain2 are 1 - beta1 and 1 - beta2. slots holds all m, then all v.
// Before that, w -= decay w, and dw is shortened where the norm of all gradients, sqrt(squares[0]), is above clip
// (0: never). One invocation updates one parameter.
//   VEC4: n is a multiple of 4; one invocation updates four.
struct Uniforms { n: u32, rate: f32, decay: f32, clip: f32, gain1: f32, gain2: f32, epsilon: f32 }

//#if VEC4
alias T = vec4f;
const L: u32 = 4u;
//#else
alias T = f32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> dw: array<T>;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<T>;
@group(0) @binding(3) var<storage, read_write> slots: array<T>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let count = u.n / L;
  if (i >= count) { return; }
  // NaN or infinity among the gradients: all parameters stay as they are
  if ((bitcast<u32>(squares[0]) & 0x7f800000u) == 0x7f800000u) { return; }
  var gradient = dw[i];
  if (u.clip > 0.0) { gradient *= u.clip / max(sqrt(squares[0]), u.clip); }
  let m = slots[i] + u.gain1 * (gradient - slots[i]);
  let v = slots[count + i] + u.gain2 * (gradient * gradient - slots[count + i]);
  slots[i] = m;
  slots[count + i] = v;
  w[i] = (w[i] - u.decay * w[i]) - u.rate * m / (sqrt(v) + T(u.epsilon));
}
