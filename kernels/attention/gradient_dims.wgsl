// Extents shared by the backward kernels of attention. HAS_MASK: mask holds 0 for keys to leave out.
// Row of position i: (outer · length + i) · n_inner + inner.

struct Dims {
  n_outer: u32,
  n_queries: u32,
  n_keys: u32,
  n_inner: u32,
  query_block: u32,   // first block of the queries' channels, in the query tensor and in its gradient
  key_block: u32,
  value_block: u32,
  stride: u32,        // rows between blocks of the gradient that is written
  n_query_rows: u32,  // rows of all queries: distance between the heads in statistics
  first_outer: u32,   // outer index, query row and key row where this part of the batch starts
  first_query_row: u32,
  first_key_row: u32,
  scale: f32,         // 1 / √d
}

// A score that no real score reaches, finite because WGSL may assume that infinities do not occur.
const MASKED = -1e30;
