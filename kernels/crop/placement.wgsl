// Where crops lie and what is made of them: what both kernels read.

// Rows of a crop that share a word of doubts, at most 10: each takes three bits, from the lowest red, green and blue.
override STRIP: u32;

struct Dims {
  n_pixels: u32,  // of a crop
  width_px: u32,  // of a crop
  height_px: u32,
  n_doubts: u32,  // words of a crop
  scale: vec4f,   // 1 / (255 · deviation) of red, green, blue
  shift: vec4f,   // −mean / deviation
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
