// Backward of attention for the queries: QUERIES of them per invocation, four keys per step. A first walk over the keys
// finds each query's log-sum-exp anew, a second one sums its gradient; no queries × keys matrix is ever in memory. The walks
// are two loops: a CPU's vectors go through both sides of a branch inside one.
//
//   p_ij = exp(s_ij − lse_i), D_i = Σ_c d_y_i · y_i, d_s_ij = p_ij (d_y_i · v_j − D_i):   d_q_i = Σ_j d_s_ij k_j / √d

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
  let n_groups = (dims.n_queries + {QUERIES}u - 1u) / {QUERIES}u;
  if (id.x >= dims.n_outer * n_groups * dims.n_inner) { return; }
  let inner = id.x % dims.n_inner;
  let first_query = (id.x / dims.n_inner) % n_groups * {QUERIES}u;
  let outer = id.x / dims.n_inner / n_groups;
  let head = id.y;
  let y_block = head * {HEAD_BLOCKS}u;
  let query_block = dims.query_block + y_block;
  let key_block = dims.key_block + y_block;
  let value_block = dims.value_block + y_block;
  #unroll q QUERIES
  let row$q = (outer * dims.n_queries + min(first_query + $qu, dims.n_queries - 1u)) * dims.n_inner + inner;
  var largest$q = MASKED;
  var total$q = 0.0;
  var D$q = 0.0;
  #unroll c HEAD_BLOCKS
  let q$q_$c = textureLoad(queries, vec2u(row$q, query_block + $cu)) * dims.scale;
  let g$q_$c = textureLoad(d_y, vec2u(row$q, y_block + $cu));
  D$q += dot(g$q_$c, textureLoad(y, vec2u(row$q, y_block + $cu)));
  var d$q_$c = vec4f(0.0);
  #end
  #end
  for (var key = 0u; key < dims.n_keys; key += 4u) {
    var valid = vec4f(0.0);
    #unroll j 4
    let key$j = min(key + $ju, dims.n_keys - 1u);
    let key_row$j = (outer * dims.n_keys + key$j) * dims.n_inner + inner;
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
      let k$j = textureLoad(context, vec2u(key_row$j, key_block + $cu));
      #end
      #unroll q QUERIES
      s$q += vec4f(dot(q$q_$c, k0), dot(q$q_$c, k1), dot(q$q_$c, k2), dot(q$q_$c, k3));
      #end
    }
    #end
    #unroll q QUERIES
    s$q = select(vec4f(MASKED), s$q, valid > vec4f(0.0));
    let larger$q = max(largest$q, max(max(s$q.x, s$q.y), max(s$q.z, s$q.w)));
    total$q = total$q * exp(largest$q - larger$q) + dot(exp(s$q - larger$q), valid);
    largest$q = larger$q;
    #end
  }
  #unroll q QUERIES
  let lse$q = largest$q + log(max(total$q, 1e-30));
  #end
  for (var key = 0u; key < dims.n_keys; key += 4u) {
    var valid = vec4f(0.0);
    #unroll j 4
    let key$j = min(key + $ju, dims.n_keys - 1u);
    let key_row$j = (outer * dims.n_keys + key$j) * dims.n_inner + inner;
    if (key + $ju < dims.n_keys) {
      valid[$j] = 1.0;
      if (HAS_MASK && mask[(dims.first_outer + outer) * dims.n_keys + key$j] == 0) { valid[$j] = 0.0; }
    }
    #end
    #unroll q QUERIES
    var s$q = vec4f(0.0);
    #end
    #unroll c HEAD_BLOCKS
    #unroll j 4
    var k$j_$c = textureLoad(context, vec2u(key_row$j, key_block + $cu));
    #end
    #unroll q QUERIES
    s$q += vec4f(dot(q$q_$c, k0_$c), dot(q$q_$c, k1_$c), dot(q$q_$c, k2_$c), dot(q$q_$c, k3_$c));
    #end
    #end
    #unroll q QUERIES
    var t$q = vec4f(-D$q);
    #end
    #unroll c HEAD_BLOCKS
    {
      #unroll j 4
      let v$j = textureLoad(context, vec2u(key_row$j, value_block + $cu));
      #end
      #unroll q QUERIES
      t$q += vec4f(dot(g$q_$c, v0), dot(g$q_$c, v1), dot(g$q_$c, v2), dot(g$q_$c, v3));
      #end
    }
    #end
    #unroll q QUERIES
    // A key that is left out may have any score; its exponent must stay finite.
    t$q *= exp(min(s$q - lse$q, vec4f(0.0))) * valid;
    #end
    #unroll c HEAD_BLOCKS
    #unroll j 4
    if (RELOAD) { k$j_$c = textureLoad(context, vec2u(key_row$j, key_block + $cu)); }
    #end
    #unroll q QUERIES
    d$q_$c += (t$q.x * k0_$c + t$q.y * k1_$c) + (t$q.z * k2_$c + t$q.w * k3_$c);
    #end
    #end
  }
  #unroll q QUERIES
  if (first_query + $qu < dims.n_queries) {
    let to = dims.first_query_row + row$q;
    statistics[head * dims.n_query_rows + to] = vec2f(lse$q, D$q);
    #unroll c HEAD_BLOCKS
    d_queries[(query_block + $cu) * dims.stride + to] = d$q_$c * dims.scale;
    #end
  }
  #end
}
