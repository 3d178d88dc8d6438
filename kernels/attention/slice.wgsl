// Attention for any head width: one query and one slice of SLICE_BLOCKS output blocks per invocation, online
// softmax, operands in storage buffers. Scores are computed anew for each slice. The opponent of the texture kernel.

@group(0) @binding(0) var<storage, read_write> queries: array<Block0>;
@group(0) @binding(1) var<storage, read_write> context: array<Block1>;
@group(0) @binding(2) var<storage, read_write> mask: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<Block3>;
@group(0) @binding(4) var<uniform> dims: Dims;

// Queries and context may be one tensor, which cannot be bound writable twice.
fn load_context(block: u32, row: u32) -> vec4f {
  if (SELF) { return vec4f(queries[block * dims.query_stride + row]); }
  return vec4f(context[block * dims.context_stride + row]);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let query_row = id.x;
  if (query_row >= dims.n_outer * dims.n_queries * dims.n_inner) { return; }
  let inner = query_row % dims.n_inner;
  let outer = query_row / dims.n_inner / dims.n_queries;
  let head_block = id.y * dims.n_head_blocks;
  let slice_block = id.z * {SLICE_BLOCKS}u;
  var largest = MASKED;
  var total = 0.0;
  #unroll c SLICE_BLOCKS
  var y$c = vec4f(0.0);
  #end
  for (var key = 0u; key < dims.n_keys; key++) {
    if (HAS_MASK && mask[outer * dims.n_keys + key] == 0) { continue; }
    let row = (outer * dims.n_keys + key) * dims.n_inner + inner;
    var s = 0.0;
    for (var c = 0u; c < dims.n_head_blocks; c++) {
      let q = vec4f(queries[(dims.query_block + head_block + c) * dims.query_stride + query_row]);
      s += dot(q, load_context(dims.key_block + head_block + c, row));
    }
    s *= dims.scale;
    let larger = max(largest, s);
    let rescale = exp(largest - larger);
    let p = exp(s - larger);
    total = total * rescale + p;
    largest = larger;
    #unroll c SLICE_BLOCKS
    if (slice_block + $cu < dims.n_head_blocks) {
      y$c = y$c * rescale + p * load_context(dims.value_block + head_block + slice_block + $cu, row);
    }
    #end
  }
  let share = select(0.0, 1.0 / total, total > 0.0);
  #unroll c SLICE_BLOCKS
  if (slice_block + $cu < dims.n_head_blocks) {
    y[(head_block + slice_block + $cu) * dims.y_stride + query_row] = narrow3(y$c * share);
  }
  #end
}
