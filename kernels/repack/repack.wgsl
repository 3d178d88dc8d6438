// Packs a parameter anew from its values: packed[i] = values[map[i] − 1], 0 where map is 0.

struct Dims {
  n_elements: u32,
  width: u32,  // invocations of one row of the grid
}

@group(0) @binding(0) var<storage, read> map: array<u32>;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * dims.width + id.x;
  if (i >= dims.n_elements) { return; }
  let at = map[i];
  packed[i] = select(0.0, values[max(at, 1u) - 1u], at > 0u);
}
