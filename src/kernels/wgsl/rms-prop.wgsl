// One step of RMSprop on n parameters (Tieleman and Hinton 2012; centred: Graves 2013), as Keras has it:
//   v = rho v + (1 - rho) dw^2,  a = rho a + (1 - rho) dw,  step = rate dw / sqrt(v - a^2 + epsilon)
//   without momentum  w -= step
//   with              m = momentum m + step,  w -= m
// a is there where centered is 1, otherwise v stands alone; gain is 1 - rho. slots holds all v, then all a if centred,
// then all m if there is momentum. Before that, w -= decay w, and dw is shortened where the norm of all gradients,
// sqrt(squares[0]), is above clip (0: never). One invocation updates one parameter.
//   VEC4: n is a multiple of 4; one invocation updates four.
struct Uniforms { n: u32, rate: f32, decay: f32, clip: f32, rho: f32, gain: f32, momentum: f32, epsilon: f32, centered: u32 }

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
  let v = u.rho * slots[i] + u.gain * gradient * gradient;
  slots[i] = v;
  var variance = v;
  if (u.centered == 1u) {
    let a = u.rho * slots[count + i] + u.gain * gradient;
    slots[count + i] = a;
    // never negative but for rounding
    variance = max(v - a * a, T(0.0));
  }
  var step = u.rate * gradient / sqrt(variance + T(u.epsilon));
  if (u.momentum > 0.0) {
    let at = (1u + u.centered) * count + i;
    step += u.momentum * slots[at];
    slots[at] = step;
  }
  w[i] = (w[i] - u.decay * w[i]) - step;
}
