// Extents shared by the attention kernels. HAS_MASK: mask holds 0 for keys to leave out.
// Row of position i: (outer · length + i) · n_inner + inner.

struct Dims {
  n_outer: u32,
  n_queries: u32,
  n_keys: u32,
  n_inner: u32,
  query_block: u32,   // first block of the queries' channels
  key_block: u32,
  value_block: u32,
  y_stride: u32,
  query_stride: u32,
  context_stride: u32,
  n_head_blocks: u32,
  first_outer: u32,   // outer index and output row of this part of the batch
  first_row: u32,
  scale: f32,         // 1 / √d
}

// A score that no real score reaches, finite because WGSL may assume that infinities do not occur.
const MASKED = -1e30;
