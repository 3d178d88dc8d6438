// Moves a running statistic towards the batch's: running[c] = (1 − momentum) running[c] + momentum · factor · batch[c].

struct Dims {
  n_channels: u32,
  momentum: f32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read_write> batch: array<f32>;
@group(0) @binding(1) var<storage, read_write> running: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < dims.n_channels) {
    running[id.x] = (1.0 - dims.momentum) * running[id.x] + dims.momentum * dims.factor * batch[id.x];
  }
}
