/** Decoding of heatmaps in float64, with whole maps blurred: Hugging Face's ViTPose post-processing step by step. */

/** A map with values at every pixel, and the border's value around it. */
type Plane = (x: number, y: number) => number;

/**
 * maps `[B, height, width, K]`, boxes `[B, 4]` (centre x, y, width, height).
 *
 * @returns `[B, K, 3]`: x, y, score.
 */
export function decodeOracle(
  { maps, boxes, B, height, width, K, mode }: {
    maps: ArrayLike<number>;
    boxes: ArrayLike<number>;
    B: number;
    height: number;
    width: number;
    K: number;
    mode: "argmax" | "quarter" | "dark";
  },
): Float64Array {
  const keypoints = new Float64Array(B * K * 3);
  for (let b = 0; b < B; b++) {
    for (let k = 0; k < K; k++) {
      const map: Plane = (x, y) => maps[((b * height + y) * width + x) * K + k];
      let [x, y] = [0, 0];
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) if (map(j, i) > map(x, y)) [x, y] = [j, i];
      }
      const score = map(x, y);
      const step = mode === "dark"
        ? newton(logarithm(map, width, height), x, y)
        : mode === "quarter"
        ? quarter(map, { x, y, width, height })
        : [0, 0];
      const [u, v] = score > 0 ? [x + step[0], y + step[1]] : [-1, -1];
      const [centreX, centreY, sizeX, sizeY] = Array.from({ length: 4 }, (_, i) => boxes[4 * b + i]);
      keypoints.set([
        u * sizeX / (width - 1) + centreX - sizeX / 2,
        v * sizeY / (height - 1) + centreY - sizeY / 2,
        score,
      ], (b * K + k) * 3);
    }
  }
  return keypoints;
}

/** The whole map blurred with σ 0.8 up to 5 pixels away, clipped, its logarithm, and an edge around it. */
function logarithm(map: Plane, width: number, height: number): Plane {
  const mirror = (index: number, extent: number): number => {
    if (index < 0) return mirror(-1 - index, extent);
    return index < extent ? index : mirror(2 * extent - 1 - index, extent);
  };
  let norm = 0;
  for (let d = -5; d <= 5; d++) norm += Math.exp(-d * d / (2 * 0.8 * 0.8));
  const logs = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = -5; i <= 5; i++) {
        for (let j = -5; j <= 5; j++) {
          const weight = Math.exp(-(i * i + j * j) / (2 * 0.8 * 0.8)) / (norm * norm);
          sum += weight * map(mirror(x + j, width), mirror(y + i, height));
        }
      }
      logs[y * width + x] = Math.log(Math.min(50, Math.max(0.001, sum)));
    }
  }
  const inside = (index: number, extent: number) => Math.min(extent - 1, Math.max(0, index));
  return (x, y) => logs[inside(y, height) * width + inside(x, width)];
}

function newton(log: Plane, x: number, y: number): [number, number] {
  const dx = 0.5 * (log(x + 1, y) - log(x - 1, y));
  const dy = 0.5 * (log(x, y + 1) - log(x, y - 1));
  const dxx = log(x + 1, y) - 2 * log(x, y) + log(x - 1, y) + 2 ** -23;
  const dyy = log(x, y + 1) - 2 * log(x, y) + log(x, y - 1) + 2 ** -23;
  const dxy = 0.5 *
    (log(x + 1, y + 1) - log(x + 1, y) - log(x, y + 1) + 2 * log(x, y) - log(x - 1, y) - log(x, y - 1) +
      log(x - 1, y - 1));
  const determinant = dxx * dyy - dxy * dxy;
  return [-(dyy * dx - dxy * dy) / determinant, -(dxx * dy - dxy * dx) / determinant];
}

function quarter(
  map: Plane,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): [number, number] {
  const dx = x > 0 && x < width - 1 ? map(x + 1, y) - map(x - 1, y) : 0;
  const dy = y > 0 && y < height - 1 ? map(x, y + 1) - map(x, y - 1) : 0;
  return [0.25 * Math.sign(dx), 0.25 * Math.sign(dy)];
}
