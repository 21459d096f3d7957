// y[o, r] = sum over c of (|t| - least) / (greatest - least + epsilon) for the terms t = b[c] * x[o, r, c]. range[o] holds S
// numbers -least, then S numbers greatest, then S that are not read: one for each channel, or one for all. b holds B
// numbers, likewise. To that comes before[o, r], if there is one.
// Naive: one invocation walks the channels of one position.
struct Uniforms { outer: u32, R: u32, C: u32, B: u32, S: u32, epsilon: f32, hasBefore: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> range: array<f32>;
@group(0) @binding(3) var<storage, read> before: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.outer * u.R) { return; }
  let ends = i / u.R * 3u * u.S;
  var sum = 0.0;
  for (var c = 0u; c < u.C; c++) {
    let minusLeast = range[ends + c % u.S];
    let greatest = range[ends + u.S + c % u.S];
    sum += (abs(x[i * u.C + c] * b[c % u.B]) + minusLeast) / (greatest + minusLeast + u.epsilon);
  }
  if (u.hasBefore != 0u) { sum += before[i]; }
  y[i] = sum;
}
