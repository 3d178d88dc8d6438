// Attention for software Vulkan: queries, keys and values in storage textures, QUERIES queries per invocation, four
// keys per step, online softmax. Neighbouring invocations are the lanes of one vector; every key and value texel
// is loaded once for all queries of an invocation.
//
//   y[i] = Σ_j softmax_j(q[i] · k[j] / √d) v[j]        per head, over the keys of the query's own sequence

@group(0) @binding(0) var queries: Texture0;
@group(0) @binding(1) var context: Texture1;
@group(0) @binding(2) var<storage, read_write> mask: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<Block3>;
@group(0) @binding(4) var<uniform> dims: Dims;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n_groups = (dims.n_queries + {QUERIES}u - 1u) / {QUERIES}u;
  if (id.x >= dims.n_outer * n_groups * dims.n_inner) { return; }
  let inner = id.x % dims.n_inner;
  let first_query = (id.x / dims.n_inner) % n_groups * {QUERIES}u;
  let outer = id.x / dims.n_inner / n_groups;
  let head = id.y;
  let query_block = dims.query_block + head * {HEAD_BLOCKS}u;
  let key_block = dims.key_block + head * {HEAD_BLOCKS}u;
  let value_block = dims.value_block + head * {HEAD_BLOCKS}u;
  #unroll q QUERIES
  let query_row$q = (outer * dims.n_queries + min(first_query + $qu, dims.n_queries - 1u)) * dims.n_inner + inner;
  var largest$q = MASKED;
  var total$q = 0.0;
  #unroll c HEAD_BLOCKS
  let q$q_$c = textureLoad(queries, vec2u(query_row$q, query_block + $cu)) * dims.scale;
  var y$q_$c = vec4f(0.0);
  #end
  #end
  for (var key = 0u; key < dims.n_keys; key += 4u) {
    var valid = vec4f(0.0);
    #unroll j 4
    let key$j = min(key + $ju, dims.n_keys - 1u);
    let row$j = (outer * dims.n_keys + key$j) * dims.n_inner + inner;
    if (key + $ju < dims.n_keys) {
      valid[$j] = 1.0;
      if (HAS_MASK && mask[(dims.first_outer + outer) * dims.n_keys + key$j] == 0) { valid[$j] = 0.0; }
    }
    #end
    #unroll q QUERIES
    var s$q = vec4f(0.0);
    #end
    #unroll c HEAD_BLOCKS
    {
      #unroll j 4
      let k$j = textureLoad(context, vec2u(row$j, key_block + $cu));
      #end
      #unroll q QUERIES
      s$q += vec4f(dot(q$q_$c, k0), dot(q$q_$c, k1), dot(q$q_$c, k2), dot(q$q_$c, k3));
      #end
    }
    #end
    #unroll q QUERIES
    s$q = select(vec4f(MASKED), s$q, valid > vec4f(0.0));
    let larger$q = max(largest$q, max(max(s$q.x, s$q.y), max(s$q.z, s$q.w)));
    let rescale$q = exp(largest$q - larger$q);
    let p$q = exp(s$q - larger$q) * valid;
    total$q = total$q * rescale$q + (p$q.x + p$q.y) + (p$q.z + p$q.w);
    largest$q = larger$q;
    #end
    #unroll c HEAD_BLOCKS
    {
      #unroll j 4
      let v$j = textureLoad(context, vec2u(row$j, value_block + $cu));
      #end
      #unroll q QUERIES
      y$q_$c = y$q_$c * rescale$q + ((p$q.x * v0 + p$q.y * v1) + (p$q.z * v2 + p$q.w * v3));
      #end
    }
    #end
  }
  #unroll q QUERIES
  if (first_query + $qu < dims.n_queries) {
    let share = select(0.0, 1.0 / total$q, total$q > 0.0);
    let y_row = dims.first_row + query_row$q;
    #unroll c HEAD_BLOCKS
    y[(head * {HEAD_BLOCKS}u + $cu) * dims.y_stride + y_row] = narrow3(y$q_$c * share);
    #end
  }
  #end
}
