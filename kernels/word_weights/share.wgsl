// β of Eq. 5: one workgroup per text counts its words, then shares the mass among them.
//
//   β[b, n] = 1 / count_b where token n is a word, else 0

struct Dims {
  n_tokens: u32,
  cls_id: i32,
  sep_id: i32,
}

@group(0) @binding(0) var<storage, read_write> ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> mask: array<i32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
@group(0) @binding(3) var<uniform> dims: Dims;

const LANES = 64u;

var<workgroup> count: atomic<u32>;

fn is_word(at: u32) -> bool {
  return mask[at] != 0 && ids[at] != dims.cls_id && ids[at] != dims.sep_id;
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * dims.n_tokens;
  var own = 0u;
  for (var n = lane; n < dims.n_tokens; n += LANES) { own += u32(is_word(first + n)); }
  atomicAdd(&count, own);
  workgroupBarrier();
  let share = 1.0 / f32(max(atomicLoad(&count), 1u));
  for (var n = lane; n < dims.n_tokens; n += LANES) {
    beta[first + n] = select(0.0, share, is_word(first + n));
  }
}
