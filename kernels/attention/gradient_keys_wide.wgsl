// Backward of attention for the keys and values, for heads of any width: one key and one slice of SLICE_BLOCKS blocks
// per invocation. The opponent of `gradient_keys.wgsl`, whose equations it has.

@group(0) @binding(0) var queries: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var context: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var d_y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> mask: array<i32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2f>;  // lse, D per head and query row
@group(0) @binding(5) var<storage, read_write> d_context: array<vec4f>;
@group(0) @binding(6) var<uniform> dims: Dims;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_outer * dims.n_keys * dims.n_inner) { return; }
  let row = id.x;
  let inner = row % dims.n_inner;
  let key = row / dims.n_inner % dims.n_keys;
  let outer = row / dims.n_inner / dims.n_keys;
  let y_block = id.y * {HEAD_BLOCKS}u;
  let first = id.z * {SLICE_BLOCKS}u;
  let left_out = HAS_MASK && mask[(dims.first_outer + outer) * dims.n_keys + key] == 0;
  #unroll c SLICE_BLOCKS
  var dk$c = vec4f(0.0);
  var dv$c = vec4f(0.0);
  #end
  for (var query = 0u; query < select(dims.n_queries, 0u, left_out); query++) {
    let query_row = (outer * dims.n_queries + query) * dims.n_inner + inner;
    let known = statistics[id.y * dims.n_query_rows + dims.first_query_row + query_row];
    var s = 0.0;
    var t = -known.y;
    for (var c = 0u; c < {HEAD_BLOCKS}u; c++) {
      let k = textureLoad(context, vec2u(row, dims.key_block + y_block + c));
      let v = textureLoad(context, vec2u(row, dims.value_block + y_block + c));
      s += dot(textureLoad(queries, vec2u(query_row, dims.query_block + y_block + c)), k);
      t += dot(textureLoad(d_y, vec2u(query_row, y_block + c)), v);
    }
    let p = exp(min(s * dims.scale - known.x, 0.0));
    t *= p;
    #unroll c SLICE_BLOCKS
    {
      // Blocks past the head's end are computed and not written.
      let block = y_block + min(first + $cu, {HEAD_BLOCKS}u - 1u);
      dk$c += t * textureLoad(queries, vec2u(query_row, dims.query_block + block));
      dv$c += p * textureLoad(d_y, vec2u(query_row, block));
    }
    #end
  }
  let to = dims.first_key_row + row;
  #unroll c SLICE_BLOCKS
  if (first + $cu < {HEAD_BLOCKS}u) {
    d_context[(dims.key_block + y_block + first + $cu) * dims.stride + to] = dk$c * dims.scale;
    d_context[(dims.value_block + y_block + first + $cu) * dims.stride + to] = dv$c;
  }
  #end
}
