// Backward of attention for the keys and values: KEYS of them per invocation, four queries per step, with the
// log-sum-exps and D of `gradient_queries.wgsl`.
//
//   d_v_j = Σ_i p_ij d_y_i          d_k_j = Σ_i p_ij (d_y_i · v_j − D_i) q_i / √d

@group(0) @binding(0) var queries: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var context: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var d_y: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> mask: array<i32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2f>;  // lse, D per head and query row
@group(0) @binding(5) var<storage, read_write> d_context: array<vec4f>;
@group(0) @binding(6) var<uniform> dims: Dims;

@compute @workgroup_size({LANES}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n_groups = (dims.n_keys + {KEYS}u - 1u) / {KEYS}u;
  if (id.x >= dims.n_outer * n_groups * dims.n_inner) { return; }
  let inner = id.x % dims.n_inner;
  let first_key = (id.x / dims.n_inner) % n_groups * {KEYS}u;
  let outer = id.x / dims.n_inner / n_groups;
  let head = id.y;
  let y_block = head * {HEAD_BLOCKS}u;
  let query_block = dims.query_block + y_block;
  let key_block = dims.key_block + y_block;
  let value_block = dims.value_block + y_block;
  #unroll j KEYS
  let key$j = min(first_key + $ju, dims.n_keys - 1u);
  let row$j = (outer * dims.n_keys + key$j) * dims.n_inner + inner;
  var valid$j = 1.0;
  if (HAS_MASK && mask[(dims.first_outer + outer) * dims.n_keys + key$j] == 0) { valid$j = 0.0; }
  #unroll c HEAD_BLOCKS
  let k$j_$c = textureLoad(context, vec2u(row$j, key_block + $cu)) * dims.scale;
  let v$j_$c = textureLoad(context, vec2u(row$j, value_block + $cu));
  var dk$j_$c = vec4f(0.0);
  var dv$j_$c = vec4f(0.0);
  #end
  #end
  for (var query = 0u; query < dims.n_queries; query += 4u) {
    var lse = vec4f(0.0);
    var D = vec4f(0.0);
    var inside = vec4f(0.0);
    #unroll i 4
    let query_row$i = (outer * dims.n_queries + min(query + $iu, dims.n_queries - 1u)) * dims.n_inner + inner;
    {
      let known = statistics[head * dims.n_query_rows + dims.first_query_row + query_row$i];
      lse[$i] = known.x;
      D[$i] = known.y;
      if (query + $iu < dims.n_queries) { inside[$i] = 1.0; }
    }
    #end
    #unroll j KEYS
    var s$j = -lse;
    var t$j = -D;
    #end
    #unroll c HEAD_BLOCKS
    #unroll i 4
    var q$i_$c = textureLoad(queries, vec2u(query_row$i, query_block + $cu));
    var g$i_$c = textureLoad(d_y, vec2u(query_row$i, y_block + $cu));
    #end
    #unroll j KEYS
    s$j += vec4f(dot(k$j_$c, q0_$c), dot(k$j_$c, q1_$c), dot(k$j_$c, q2_$c), dot(k$j_$c, q3_$c));
    t$j += vec4f(dot(v$j_$c, g0_$c), dot(v$j_$c, g1_$c), dot(v$j_$c, g2_$c), dot(v$j_$c, g3_$c));
    #end
    #end
    #unroll j KEYS
    // A key that is left out may have any score; its exponent must stay finite.
    s$j = exp(min(s$j, vec4f(0.0))) * inside * valid$j;
    t$j *= s$j;
    #end
    #unroll c HEAD_BLOCKS
    #unroll i 4
    if (RELOAD) {
      q$i_$c = textureLoad(queries, vec2u(query_row$i, query_block + $cu));
      g$i_$c = textureLoad(d_y, vec2u(query_row$i, y_block + $cu));
    }
    #end
    #unroll j KEYS
    dk$j_$c += (t$j.x * q0_$c + t$j.y * q1_$c) + (t$j.z * q2_$c + t$j.w * q3_$c);
    dv$j_$c += (s$j.x * g0_$c + s$j.y * g1_$c) + (s$j.z * g2_$c + s$j.w * g3_$c);
    #end
    #end
  }
  #unroll j KEYS
  if (first_key + $ju < dims.n_keys) {
    let to = dims.first_key_row + row$j;
    #unroll c HEAD_BLOCKS
    d_context[(key_block + $cu) * dims.stride + to] = dk$j_$c * dims.scale;
    d_context[(value_block + $cu) * dims.stride + to] = dv$j_$c;
    #end
  }
  #end
}
