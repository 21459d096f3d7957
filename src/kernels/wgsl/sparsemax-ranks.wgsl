// Which elements of a row sparsemax shares its 1 among, and their places from the largest down: y is 1 for the largest, 2
// for the next, ..., and 0 for an element that gets no share. An element gets one where all that is larger is, together,
// less than 1 above it. Of equal elements the first comes first. A row's C values lie `inner` apart.
// One invocation computes one element.
//   VEC4: inner is 1 and C a multiple of 4; an element is compared with four others at a time.
struct Uniforms { rows: u32, C: u32, inner: u32 }

//#if VEC4
alias T = vec4f;
alias Index = vec4u;
//#else
alias T = f32;
alias Index = u32;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> u: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.rows * u.C) { return; }
  var above = T(0.0);
  var before = T(0.0);
  //#if VEC4
  let own = T(x[i / 4u][i % 4u]);
  for (var c = i / u.C * u.C; c < (i / u.C + 1u) * u.C; c += 4u) {
    let v = x[c / 4u];
    let at = vec4u(0u, 1u, 2u, 3u) + c;
  //#else
  let own = x[i];
  let first = i / (u.C * u.inner) * u.C * u.inner + i % u.inner;
  for (var at = first; at < first + u.C * u.inner; at += u.inner) {
    let v = x[at];
  //#endif
    above += max(v - own, T(0.0));
    before += select(T(0.0), T(1.0), (v > own) | ((v == own) & (at < Index(i))));
  }
  //#if VEC4
  let place = dot(before, T(1.0)) + 1.0;
  y[i] = select(0.0, place, dot(above, T(1.0)) < 1.0);
  //#else
  y[i] = select(0.0, before + 1.0, above < 1.0);
  //#endif
}
