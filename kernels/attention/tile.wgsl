// Attention for GPUs: 64 queries of one sequence and head per workgroup, one per invocation, its query and output in
// registers. Keys and values pass through workgroup memory, KEYS at a time, so that each is read from memory once per 64
// queries; every invocation reads the same element at the same time, which workgroup memory hands to all at once. Online
// softmax, four keys per step. Faster than slice.wgsl, which reads every key from memory for every query and makes the
// scores anew for each slice of a wide head.
//
//   y[i] = Σ_j softmax_j(q[i] · k[j] / √d) v[j]        per head, over the keys of the query's own sequence

@group(0) @binding(0) var<storage, read_write> queries: array<Block0>;
@group(0) @binding(1) var<storage, read_write> context: array<Block1>;
@group(0) @binding(2) var<storage, read_write> mask: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<Block3>;
@group(0) @binding(4) var<uniform> dims: Dims;

const QUERIES = 64u;
const KEYS = 16u;

// Element (block, key): block · KEYS + key.
var<workgroup> key_tile: array<vec4f, {HEAD_BLOCKS} * KEYS>;
var<workgroup> value_tile: array<vec4f, {HEAD_BLOCKS} * KEYS>;

// Queries and context may be one tensor, which cannot be bound writable twice.
fn load_context(block: u32, row: u32) -> vec4f {
  if (SELF) { return vec4f(queries[block * dims.query_stride + row]); }
  return vec4f(context[block * dims.context_stride + row]);
}

@compute @workgroup_size(QUERIES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let n_groups = (dims.n_queries + QUERIES - 1u) / QUERIES;
  let inner = group.x % dims.n_inner;
  let query = group.x / dims.n_inner % n_groups * QUERIES + index;
  let outer = group.x / dims.n_inner / n_groups;
  let head_block = group.y * {HEAD_BLOCKS}u;
  // Queries past the end repeat the last one, so that all invocations load and reach the barriers.
  let query_row = (outer * dims.n_queries + min(query, dims.n_queries - 1u)) * dims.n_inner + inner;
  var largest = MASKED;
  var total = 0.0;
  #unroll c HEAD_BLOCKS
  let q$c = vec4f(queries[(dims.query_block + head_block + $cu) * dims.query_stride + query_row]) * dims.scale;
  var y$c = vec4f(0.0);
  #end
  for (var first_key = 0u; first_key < dims.n_keys; first_key += KEYS) {
    for (var at = index; at < {HEAD_BLOCKS}u * KEYS; at += QUERIES) {
      let key = min(first_key + at % KEYS, dims.n_keys - 1u);
      let row = (outer * dims.n_keys + key) * dims.n_inner + inner;
      let block = head_block + at / KEYS;
      key_tile[at] = load_context(dims.key_block + block, row);
      value_tile[at] = load_context(dims.value_block + block, row);
    }
    workgroupBarrier();
    for (var j = 0u; j < KEYS; j += 4u) {
      var valid = vec4f(0.0);
      #unroll e 4
      {
        let key = first_key + j + $eu;
        if (key < dims.n_keys) {
          valid[$e] = 1.0;
          if (HAS_MASK && mask[outer * dims.n_keys + key] == 0) { valid[$e] = 0.0; }
        }
      }
      #end
      var s = vec4f(0.0);
      #unroll c HEAD_BLOCKS
      s += vec4f(
        dot(q$c, key_tile[$cu * KEYS + j]),
        dot(q$c, key_tile[$cu * KEYS + j + 1u]),
        dot(q$c, key_tile[$cu * KEYS + j + 2u]),
        dot(q$c, key_tile[$cu * KEYS + j + 3u]),
      );
      #end
      s = select(vec4f(MASKED), s, valid > vec4f(0.0));
      let larger = max(largest, max(max(s.x, s.y), max(s.z, s.w)));
      let rescale = exp(largest - larger);
      let p = exp(s - larger) * valid;
      total = total * rescale + (p.x + p.y) + (p.z + p.w);
      largest = larger;
      #unroll c HEAD_BLOCKS
      y$c = y$c * rescale +
        ((p.x * value_tile[$cu * KEYS + j] + p.y * value_tile[$cu * KEYS + j + 1u]) +
          (p.z * value_tile[$cu * KEYS + j + 2u] + p.w * value_tile[$cu * KEYS + j + 3u]));
      #end
    }
    workgroupBarrier();
  }
  if (query < dims.n_queries) {
    let share = select(0.0, 1.0 / total, total > 0.0);
    #unroll c HEAD_BLOCKS
    y[(head_block + $cu) * dims.y_stride + query_row] = narrow3(y$c * share);
    #end
  }
}
