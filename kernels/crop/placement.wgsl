// Where crops lie and what is made of them: what both kernels read.

// Rows that share a word of doubts, at most 10: each takes three bits, from the lowest red, green and blue.
override STRIP: u32;
// Side of a patch in pixels.
override PATCH: u32;

struct Dims {
  width_px: u32,       // of a crop
  height_px: u32,
  padding_px: u32,     // zeros left of a crop and above it
  grid_width_px: u32,  // of all patches of a crop
  n_patches_x: u32,
  n_patches_y: u32,
  row_stride: u32,     // rows between blocks of patches
  n_doubts: u32,       // words of a crop
  scale: vec4f,        // 1 / (255 · deviation) of red, green, blue
  shift: vec4f,        // −mean / deviation
}

// One row of the table; see crop_table.ts.
struct Crop {
  first_pixel: u32,
  width_px: u32,
  height_px: u32,
  mirrored: u32,
  slack: u32,               // what a fixed-point position may be off, in units of 2⁻³²
  whole: array<i32, 6>,     // of the matrix crop pixel → image pixel
  fraction: array<u32, 6>,
  high: array<u32, 6>,      // the same in double precision
  low: array<u32, 6>,
}

// Where a value stands in the rows of patches; `at` is a pixel of the grid. Columns are in the order of the weight:
// channel, y, x.
fn place_of(crop: u32, at: vec2u, channel: u32) -> u32 {
  let patch_at = at / PATCH;
  let within = at % PATCH;
  let row = (crop * dims.n_patches_y + patch_at.y) * dims.n_patches_x + patch_at.x;
  let column = (channel * PATCH + within.y) * PATCH + within.x;
  return ((column / 4u) * dims.row_stride + row) * 4u + column % 4u;
}
