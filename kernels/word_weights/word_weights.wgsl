// β[n] = 1 / (number of real words) for real words, 0 for [CLS], [SEP] and padding: one person per invocation.

struct Dims {
  n_people: u32,
  n_tokens: u32,
  cls_id: i32,
  sep_id: i32,
}

@group(0) @binding(0) var<storage, read_write> input_ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> attention_mask: array<i32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

fn is_word(at: u32) -> bool {
  return attention_mask[at] != 0 && input_ids[at] != dims.cls_id && input_ids[at] != dims.sep_id;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= dims.n_people) { return; }
  let first = id.x * dims.n_tokens;
  var words = 0.0;
  for (var n = 0u; n < dims.n_tokens; n++) { words += select(0.0, 1.0, is_word(first + n)); }
  for (var n = 0u; n < dims.n_tokens; n++) {
    beta[first + n] = select(0.0, 1.0 / max(words, 1.0), is_word(first + n));
  }
}
