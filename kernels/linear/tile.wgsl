// Matrix product for GPUs: 64 × 64 outputs per workgroup of 16 × 16 invocations, 16 values of k at a time in
// workgroup memory, a 4 × 4 register tile per invocation. The opponent that the texture kernel must equal.
//
// x: blocked, vec4 over k. weight: blocked over k, element (k/4) · n_columns + column.

struct Dims {
  n_rows: u32,
  n_blocks_in: u32,
  n_blocks_out: u32,
  y_stride: u32,
  row_offset: u32,
  activation: u32,
  residual_stride: u32,
  residual_divisor: u32,
  residual_rows: u32,
  x_stride: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residual: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<uniform> dims: Dims;

var<workgroup> x_tile: array<array<vec4f, 64>, 4>;
var<workgroup> weight_tile: array<array<vec4f, 64>, 4>;

@compute @workgroup_size(16, 16, 1)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let row = group.x * 64u + local.x * 4u;
  let block = group.y * 16u + local.y;
  let n_columns = dims.n_blocks_out * 4u;
  let load = vec2u(index % 64u, index / 64u);
  let load_row = group.x * 64u + load.x;
  let load_column = group.y * 64u + load.x;
  #unroll i 4
  var c$i = vec4f(0.0);
  #end
  for (var k = 0u; k < dims.n_blocks_in; k += 4u) {
    let k_load = k + load.y;
    var x_value = vec4f(0.0);
    var weight_value = vec4f(0.0);
    if (k_load < dims.n_blocks_in) {
      if (load_row < dims.n_rows) { x_value = x[k_load * dims.x_stride + load_row]; }
      if (load_column < n_columns) { weight_value = weight[k_load * n_columns + load_column]; }
    }
    x_tile[load.y][load.x] = x_value;
    weight_tile[load.y][load.x] = weight_value;
    workgroupBarrier();
    for (var step = 0u; step < 4u; step++) {
      let w0 = weight_tile[step][local.y * 4u];
      let w1 = weight_tile[step][local.y * 4u + 1u];
      let w2 = weight_tile[step][local.y * 4u + 2u];
      let w3 = weight_tile[step][local.y * 4u + 3u];
      #unroll i 4
      {
        let a = x_tile[step][local.x * 4u + $iu];
        c$i += vec4f(dot(a, w0), dot(a, w1), dot(a, w2), dot(a, w3));
      }
      #end
    }
    workgroupBarrier();
  }
  if (block < dims.n_blocks_out) {
    #unroll i 4
    if (row + $iu < dims.n_rows) {
      y[block * dims.y_stride + row + $iu] = epilogue(c$i, row + $iu, block);
    }
    #end
  }
}
