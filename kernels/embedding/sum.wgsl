// Sum of word, position and token type embeddings: one invocation per token and block of four channels.
//
//   y[b, n, d] = word[ids[b, n], d] + position[n, d] + token_type[0, d]
//
// The tables stay row-major, as in the weights file: the word table is the model's largest weight.

struct Dims {
  n_rows: u32,      // B · N
  n_tokens: u32,    // N
  n_channels: u32,
  n_words: u32,     // rows of word
  y_stride: u32,    // rows between blocks of y
}

@group(0) @binding(0) var<storage, read_write> ids: array<i32>;
@group(0) @binding(1) var<storage, read> word: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<f32>;
@group(0) @binding(3) var<storage, read> token_type: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<Block4>;
@group(0) @binding(5) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let block = id.y;
  // The caller checks the ids; what slips through may not read elsewhere.
  let entry = u32(clamp(ids[row], 0, i32(dims.n_words) - 1));
  let word_row = entry * dims.n_channels;
  let position_row = (row % dims.n_tokens) * dims.n_channels;
  var sum = vec4f(0.0);
  for (var i = 0u; i < 4u; i++) {
    let c = block * 4u + i;
    if (c < dims.n_channels) { sum[i] = word[word_row + c] + position[position_row + c] + token_type[c]; }
  }
  y[block * dims.y_stride + row] = narrow4(sum);
}
