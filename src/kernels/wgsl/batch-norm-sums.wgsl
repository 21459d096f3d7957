// The two sums that the gradients of batch norm in training are made of, of each channel of each slice of L rows:
// part [slices, 2, C], the sum of dy (the gradient of beta, once slices are added up) and that of dy * xhat (gamma's),
// xhat = (x - mean) / sqrt(variance + epsilon) with moments [2, C].
// Naive: one invocation computes one channel of one slice.
struct Uniforms { rows: u32, C: u32, slices: u32, L: u32, epsilon: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read_write> part: array<f32>;
@group(0) @binding(4) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.slices * u.C) { return; }
  let s = i / u.C;
  let c = i % u.C;
  let mean = moments[c];
  let end = min((s + 1u) * u.L, u.rows);
  var total = vec2f(0.0);
  for (var r = s * u.L; r < end; r++) {
    let v = dy[r * u.C + c];
    total += vec2f(v, v * (x[r * u.C + c] - mean));
  }
  part[2u * s * u.C + c] = total.x;
  part[(2u * s + 1u) * u.C + c] = total.y * inverseSqrt(moments[u.C + c] + u.epsilon);
}
