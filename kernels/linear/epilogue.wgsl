// What follows the sum of bias and products: activation and residual. Shared by the matrix product kernels.

// Error function by Abramowitz & Stegun 7.1.26; absolute error below 1.5e-7.
fn erf4(v: vec4f) -> vec4f {
  let x = abs(v);
  let t = 1.0 / (1.0 + 0.3275911 * x);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(v) * (1.0 - p * exp(-x * x));
}

fn epilogue(sum: vec4f, row: u32, block: u32) -> vec4f {
  var value = sum;
  if (dims.activation == 1u) {
    value = 0.5 * value * (1.0 + erf4(value * 0.7071067811865476));
  } else if (dims.activation == 2u) {
    value = max(value, vec4f(0.0));
  }
  if (dims.residual_stride != 0u) {
    let residual_row = (row / dims.residual_divisor) % dims.residual_rows;
    value += vec4f(residual[block * dims.residual_stride + residual_row]);
  }
  return value;
}
