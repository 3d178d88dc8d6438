// What both kernels of the attention map share: extents, and the scores of one query for four keys in one head.

struct Dims {
  n_rows: u32,        // queries of all sequences
  n_queries: u32,     // Lq
  n_keys: u32,        // Lk
  n_heads: u32,
  n_head_blocks: u32, // blocks of four channels of a head
  query_block: u32,   // first block of the queries' channels
  key_block: u32,
  query_stride: u32,  // rows between blocks of queries
  context_stride: u32,
  masked: u32,        // 1: mask holds 0 for keys to leave out
  scale: f32,         // 1 / √d
}

@group(0) @binding(0) var<storage, read_write> queries: array<Block0>;
@group(0) @binding(1) var<storage, read_write> context: array<Block1>;
@group(0) @binding(2) var<storage, read_write> mask: array<i32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<vec2f>;  // per head and query: largest score, 1 / Σ exp

// A score that no real score reaches, finite because WGSL may assume that infinities do not occur.
const MASKED = -1e30;

// q · k / √d for keys key … key + 3; keys past the end repeat the last one.
fn scores(row: u32, head: u32, key: u32) -> vec4f {
  let first = row / dims.n_queries * dims.n_keys;
  #unroll j 4
  let key_row$j = first + min(key + $ju, dims.n_keys - 1u);
  #end
  var sum = vec4f(0.0);
  for (var c = head * dims.n_head_blocks; c < (head + 1u) * dims.n_head_blocks; c++) {
    let q = vec4f(queries[(dims.query_block + c) * dims.query_stride + row]);
    let start = (dims.key_block + c) * dims.context_stride;
    sum += vec4f(
      dot(q, vec4f(context[start + key_row0])),
      dot(q, vec4f(context[start + key_row1])),
      dot(q, vec4f(context[start + key_row2])),
      dot(q, vec4f(context[start + key_row3])),
    );
  }
  return sum * dims.scale;
}

// 1 for each of the four keys that counts, 0 for one that is left out or past the end.
fn kept(row: u32, key: u32) -> vec4f {
  let first = row / dims.n_queries * dims.n_keys;
  var valid = vec4f(0.0);
  #unroll j 4
  if (key + $ju < dims.n_keys) {
    valid[$j] = 1.0;
    if (dims.masked != 0u && mask[first + key + $ju] == 0) { valid[$j] = 0.0; }
  }
  #end
  return valid;
}
