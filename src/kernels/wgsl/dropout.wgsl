// Dropout: y = x * factor where the decision's random bits >> 8 are at least `least`, else 0.
// Element e of the tensor takes decision e / (pixels * C) * C + e % C: with pixels 1 its own, with more one that all
// pixels of a channel of a picture share. The decisions begin again every `period` elements; `first` is the place of
// x[0] in the tensor. The bits of decision k are the first word of Threefry-2x32 with 20 rounds (Salmon et al. 2011) at
// the counter (k, 0): additions, rotations and exclusive ors of integers, which no adapter rounds.
// One invocation computes one element.
//   VEC4: n, C and first are multiples of 4; four neighbouring elements at a time.
struct Uniforms { n: u32, first: u32, period: u32, C: u32, pixels: u32, key0: u32, key1: u32, least: u32, factor: f32 }

//#if VEC4
alias T = vec4f;
alias U = vec4u;
const L: u32 = 4u;
//#else
alias T = f32;
alias U = u32;
const L: u32 = 1u;
//#endif

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> u: Uniforms;

struct Words { a: U, b: U }

fn fourRounds(words: Words, rotations: vec4u) -> Words {
  var a = words.a;
  var b = words.b;
  for (var i = 0u; i < 4u; i++) {
    a += b;
    b = ((b << U(rotations[i])) | (b >> U(32u - rotations[i]))) ^ a;
  }
  return Words(a, b);
}

fn inject(words: Words, a: u32, b: u32) -> Words {
  return Words(words.a + U(a), words.b + U(b));
}

fn threefry(counter: U) -> U {
  let even = vec4u(13u, 15u, 26u, 6u);
  let odd = vec4u(17u, 29u, 16u, 24u);
  let key2 = 0x1BD11BDAu ^ u.key0 ^ u.key1;
  var words = Words(counter + U(u.key0), U(u.key1));
  words = inject(fourRounds(words, even), u.key1, key2 + 1u);
  words = inject(fourRounds(words, odd), key2, u.key0 + 2u);
  words = inject(fourRounds(words, even), u.key0, u.key1 + 3u);
  words = inject(fourRounds(words, odd), u.key1, key2 + 4u);
  words = inject(fourRounds(words, even), key2, u.key0 + 5u);
  return words.a;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= u.n / L) { return; }
  let e = (u.first + i * L) % u.period;
  let k = e / (u.pixels * u.C) * u.C + e % u.C;
  //#if VEC4
  let counter = vec4u(k) + vec4u(0u, 1u, 2u, 3u);
  //#else
  let counter = k;
  //#endif
  y[i] = select(T(0.0), x[i] * u.factor, (threefry(counter) >> U(8u)) >= U(u.least));
}
