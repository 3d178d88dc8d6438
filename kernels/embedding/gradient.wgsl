// Backward of the word table: each word gathers from the tokens that are it, in their order, so that nothing depends
// on which invocation is first. One word per invocation.
//
//   d_word[v, d] = Σ_r d_y[r, d] over the tokens r with ids[r] = v

struct Dims {
  n_rows: u32,      // tokens
  n_words: u32,
  n_channels: u32,
  y_stride: u32,    // rows between blocks of d_y
}

@group(0) @binding(0) var<storage, read_write> ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> d_y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> d_word: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  if (word >= dims.n_words) { return; }
  let first = word * dims.n_channels;
  for (var c = 0u; c < dims.n_channels; c++) { d_word[first + c] = 0.0; }
  for (var row = 0u; row < dims.n_rows; row++) {
    if (u32(clamp(ids[row], 0, i32(dims.n_words) - 1)) != word) { continue; }
    for (var c = 0u; c < dims.n_channels; c++) {
      d_word[first + c] += d_y[(c / 4u) * dims.y_stride + row][c % 4u];
    }
  }
}
