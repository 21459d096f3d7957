// One step of gradient descent on n parameters, as Keras has it:
//   without momentum  w -= rate dw
//   with              m = momentum m - rate dw,  w += m  (nesterov: w += momentum m - rate dw)
// slots holds m; nothing looks at it where momentum is 0. Before that, w -= decay w, and dw is shortened where the norm of
// all gradients, sqrt(squares[0]), is above clip (0: never). One invocation updates one parameter.
//   VEC4: n is a multiple of 4; one invocation updates four.
struct Uniforms { n: u32, rate: f32, decay: f32, clip: f32, momentum: f32, nesterov: u32 }

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
  if (i >= u.n / L) { return; }
  // NaN or infinity among the gradients: all parameters stay as they are
  if ((bitcast<u32>(squares[0]) & 0x7f800000u) == 0x7f800000u) { return; }
  var step = -u.rate * dw[i];
  if (u.clip > 0.0) { step *= u.clip / max(sqrt(squares[0]), u.clip); }
  let kept = w[i] - u.decay * w[i];
  if (u.momentum == 0.0) {
    w[i] = kept + step;
    return;
  }
  let m = u.momentum * slots[i] + step;
  slots[i] = m;
  if (u.nesterov == 1u) { w[i] = kept + (u.momentum * m + step); } else { w[i] = kept + m; }
}
