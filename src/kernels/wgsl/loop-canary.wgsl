// Counts to `count` in one invocation. Some software drivers end all loops of an invocation after 65,535 steps
// without a word; an engine on such a driver would answer wrongly, so it is asked once before it is trusted.
struct Uniforms { count: u32 }

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<uniform> u: Uniforms;

@compute @workgroup_size(1)
fn main() {
  var steps = 0u;
  for (var i = 0u; i < u.count; i++) {
    steps += 1u;
    y[1] ^= steps; // a visible effect, or the compiler would replace the loop by its result
  }
  y[0] = steps;
}
