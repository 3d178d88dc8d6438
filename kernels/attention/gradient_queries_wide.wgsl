// Backward of attention for the queries, for heads of any width: one query and one slice of SLICE_BLOCKS blocks per
// invocation, scores computed anew for each slice. The opponent of `gradient_queries.wgsl`, whose equations it has.

@group(0) @binding(0) var queries: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var context: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var d_y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> mask: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_queries: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> statistics: array<vec2f>;  // lse, D per head and query row
@group(0) @binding(7) var<uniform> dims: Dims;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_outer * dims.n_queries * dims.n_inner) { return; }
  let row = id.x;
  let inner = row % dims.n_inner;
  let outer = row / dims.n_inner / dims.n_queries;
  let y_block = id.y * {HEAD_BLOCKS}u;
  let first = id.z * {SLICE_BLOCKS}u;
  var D = 0.0;
  for (var c = 0u; c < {HEAD_BLOCKS}u; c++) {
    D += dot(textureLoad(d_y, vec2u(row, y_block + c)), textureLoad(y, vec2u(row, y_block + c)));
  }
  var largest = MASKED;
  var total = 0.0;
  #unroll c SLICE_BLOCKS
  var d$c = vec4f(0.0);
  #end
  for (var pass_index = 0u; pass_index < 2u; pass_index++) {
    let lse = largest + log(max(total, 1e-30));
    for (var key = 0u; key < dims.n_keys; key++) {
      if (HAS_MASK && mask[(dims.first_outer + outer) * dims.n_keys + key] == 0) { continue; }
      let key_row = (outer * dims.n_keys + key) * dims.n_inner + inner;
      var s = 0.0;
      var t = -D;
      for (var c = 0u; c < {HEAD_BLOCKS}u; c++) {
        let k = textureLoad(context, vec2u(key_row, dims.key_block + y_block + c));
        s += dot(textureLoad(queries, vec2u(row, dims.query_block + y_block + c)), k);
        if (pass_index == 1u) {
          let v = textureLoad(context, vec2u(key_row, dims.value_block + y_block + c));
          t += dot(textureLoad(d_y, vec2u(row, y_block + c)), v);
        }
      }
      s *= dims.scale;
      if (pass_index == 0u) {
        let larger = max(largest, s);
        total = total * exp(largest - larger) + exp(s - larger);
        largest = larger;
      } else {
        t *= exp(min(s - lse, 0.0));
        #unroll c SLICE_BLOCKS
        // Blocks past the head's end are computed and not written.
        d$c += t * textureLoad(context, vec2u(key_row, dims.key_block + y_block + min(first + $cu, {HEAD_BLOCKS}u - 1u)));
        #end
      }
    }
  }
  let to = dims.first_query_row + row;
  if (id.z == 0u) { statistics[id.y * dims.n_query_rows + to] = vec2f(largest + log(max(total, 1e-30)), D); }
  #unroll c SLICE_BLOCKS
  if (first + $cu < {HEAD_BLOCKS}u) {
    d_queries[(dims.query_block + y_block + first + $cu) * dims.stride + to] = d$c * dims.scale;
  }
  #end
}
