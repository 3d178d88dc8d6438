// Keypoints of heatmaps. One workgroup takes the maps of four keypoints (one block) of one person: all invocations
// look for the maxima, then 28 of them each blur one pixel near a maximum, then four place one keypoint each.

struct Dims {
  n_keypoints: u32,
  x_stride: u32,    // rows between blocks of heatmaps
  height_px: u32,
  width_px: u32,
  mode: u32,        // 0 argmax, 1 quarter, 2 dark
  floor_value: f32,   // the blurred map is clipped to [floor_value, ceiling_value]
  ceiling_value: f32,
  ridge: f32,       // added to the diagonal of the Hessian
  weights: array<vec4f, 2>,  // of the Gaussian, at distances 0 to RADIUS
}

@group(0) @binding(0) var<storage, read_write> heatmaps: array<Block0>;
@group(0) @binding(1) var<storage, read_write> boxes: array<f32>;      // centre x, y, width, height
@group(0) @binding(2) var<storage, read_write> keypoints: array<f32>;  // x, y, score
@group(0) @binding(3) var<uniform> dims: Dims;

const LANES = 64u;
const RADIUS = 5;
const LOWEST = -3.4e38;
// Pixels around a maximum that the Newton step reads: middle, east, west, south, north, south-east, north-west.
const POINTS = 7u;

var<workgroup> best_value: array<vec4f, LANES>;
var<workgroup> best_pixel: array<vec4u, LANES>;
var<workgroup> logs: array<f32, 28>;

// Mirrors an index at the borders, the border's value repeated.
fn reflect_index(index: i32, extent: i32) -> i32 {
  let period = 2 * extent;
  let within = ((index % period) + period) % period;
  return min(within, period - 1 - within);
}

// Logarithm of the blurred and clipped map, rows first. One pixel beyond the border it is the border's own, since the
// map is mirrored there: just what the reference gets by repeating the border of the blurred map.
fn log_blurred(first: u32, element: u32, pixel: vec2i) -> f32 {
  let extent = vec2i(i32(dims.width_px), i32(dims.height_px));
  var sum = 0.0;
  for (var column = -RADIUS; column <= RADIUS; column++) {
    let x = reflect_index(pixel.x + column, extent.x);
    var column_sum = 0.0;
    for (var row = -RADIUS; row <= RADIUS; row++) {
      let y = reflect_index(pixel.y + row, extent.y);
      let distance = abs(row);
      let value = f32(heatmaps[first + u32(y * extent.x + x)][element]);
      column_sum += value * dims.weights[distance / 4][distance % 4];
    }
    let distance = abs(column);
    sum += column_sum * dims.weights[distance / 4][distance % 4];
  }
  return log(clamp(sum, dims.floor_value, dims.ceiling_value));
}

// −H⁻¹ g by differences on the logarithms.
fn newton_step(element: u32) -> vec2f {
  let at = element * POINTS;
  let middle = logs[at];
  let east = logs[at + 1u] - middle;
  let west = logs[at + 2u] - middle;
  let south = logs[at + 3u] - middle;
  let north = logs[at + 4u] - middle;
  let g = 0.5 * vec2f(east - west, south - north);
  let h_xx = east + west + dims.ridge;
  let h_yy = south + north + dims.ridge;
  let h_xy = 0.5 * ((logs[at + 5u] - middle) + (logs[at + 6u] - middle) - east - west - south - north);
  let determinant = h_xx * h_yy - h_xy * h_xy;
  if (determinant == 0.0) { return vec2f(0.0); }
  return -vec2f(h_yy * g.x - h_xy * g.y, h_xx * g.y - h_xy * g.x) / determinant;
}

// A quarter of a pixel toward the higher neighbour, along each axis where there are two.
fn quarter_step(first: u32, element: u32, pixel: vec2u) -> vec2f {
  let at = first + pixel.y * dims.width_px + pixel.x;
  var step = vec2f(0.0);
  if (pixel.x > 0u && pixel.x + 1u < dims.width_px) {
    step.x = 0.25 * sign(f32(heatmaps[at + 1u][element]) - f32(heatmaps[at - 1u][element]));
  }
  if (pixel.y > 0u && pixel.y + 1u < dims.height_px) {
    step.y = 0.25 * sign(f32(heatmaps[at + dims.width_px][element]) - f32(heatmaps[at - dims.width_px][element]));
  }
  return step;
}

// The first of the largest values of each of the four maps.
fn find_maxima(first: u32, lane: u32) {
  var value = vec4f(LOWEST);
  var pixel = vec4u(0u);
  for (var i = lane; i < dims.height_px * dims.width_px; i += LANES) {
    let candidate = vec4f(heatmaps[first + i]);
    pixel = select(pixel, vec4u(i), candidate > value);
    value = max(value, candidate);
  }
  best_value[lane] = value;
  best_pixel[lane] = pixel;
  for (var distance = LANES / 2u; distance > 0u; distance /= 2u) {
    workgroupBarrier();
    if (lane < distance) {
      let mine = best_value[lane];
      let other = best_value[lane + distance];
      let earlier = best_pixel[lane + distance] < best_pixel[lane];
      let better = (other > mine) | ((other == mine) & earlier);
      best_value[lane] = max(mine, other);
      best_pixel[lane] = select(best_pixel[lane], best_pixel[lane + distance], better);
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(LANES, 1, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let person = group.y;
  let first = group.x * dims.x_stride + person * dims.height_px * dims.width_px;
  find_maxima(first, lane);
  if (dims.mode == 2u && lane < 4u * POINTS) {
    let element = lane / POINTS;
    let point = lane % POINTS;
    let pixel = best_pixel[0][element];
    let middle = vec2i(i32(pixel % dims.width_px), i32(pixel / dims.width_px));
    let right = i32(point == 1u || point == 5u) - i32(point == 2u || point == 6u);
    let down = i32(point == 3u || point == 5u) - i32(point == 4u || point == 6u);
    logs[lane] = log_blurred(first, element, middle + vec2i(right, down));
  }
  workgroupBarrier();
  let keypoint = group.x * 4u + lane;
  if (lane >= 4u || keypoint >= dims.n_keypoints) { return; }
  let score = best_value[0][lane];
  var position = vec2f(-1.0);
  if (score > 0.0) {
    let pixel = vec2u(best_pixel[0][lane] % dims.width_px, best_pixel[0][lane] / dims.width_px);
    position = vec2f(pixel);
    if (dims.mode == 1u) { position += quarter_step(first, lane, pixel); }
    if (dims.mode == 2u) { position += newton_step(lane); }
  }
  let size = vec2f(boxes[person * 4u + 2u], boxes[person * 4u + 3u]);
  let centre = vec2f(boxes[person * 4u], boxes[person * 4u + 1u]);
  let last = vec2f(f32(dims.width_px - 1u), f32(dims.height_px - 1u));
  let image = position * (size / last) + centre - 0.5 * size;
  let to = (person * dims.n_keypoints + keypoint) * 3u;
  keypoints[to] = image.x;
  keypoints[to + 1u] = image.y;
  keypoints[to + 2u] = score;
}
