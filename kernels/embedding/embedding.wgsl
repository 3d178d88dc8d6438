// y[b, n] = word[id] + position[n] + token_type[0]; tables row-major, one block of four channels per invocation.

struct Dims {
  n_rows: u32,      // B · N
  n_tokens: u32,
  n_channels: u32,
  y_stride: u32,
  n_words: u32,
}

@group(0) @binding(0) var<storage, read_write> input_ids: array<i32>;
@group(0) @binding(1) var<storage, read> word: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<f32>;
@group(0) @binding(3) var<storage, read> token_type: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= dims.n_rows) { return; }
  let entry = u32(clamp(input_ids[row], 0, i32(dims.n_words) - 1));
  var sum = vec4f(0.0);
  for (var e = 0u; e < 4u; e++) {
    let c = id.y * 4u + e;
    if (c < dims.n_channels) {
      sum[e] = word[entry * dims.n_channels + c] + position[(row % dims.n_tokens) * dims.n_channels + c] + token_type[c];
    }
  }
  y[id.y * dims.y_stride + row] = sum;
}
