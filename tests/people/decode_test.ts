import assert from "node:assert/strict";
import type { Box } from "../../people/box.ts";
import { type CropTransform, cropTransform } from "../../people/crop_geometry.ts";
import { decodeHeatmaps, type DecodeMode, type Heatmaps } from "../../people/decode.ts";
import golden from "../golden/decode.json" with { type: "json" };

const binary = Deno.readFileSync(new URL("../golden/decode.bin", import.meta.url));
const crop = { width: 192, height: 256 };

Deno.test("decodeHeatmaps() equals Hugging Face's post_process_pose_estimation", () => {
  let offset = 0;
  for (const { shape, boxes, keypoints, scores } of golden.sets) {
    const count = shape.reduce((a, b) => a * b);
    const data = new Float32Array(binary.slice(offset, offset += 4 * count).buffer);
    const transforms = boxes.map((box) => cropTransform(box as unknown as Box, crop));
    const people = decodeHeatmaps({ data, shape }, transforms);
    people.forEach((person, b) => {
      assert.equal(person.length, shape[1]);
      person.forEach(({ x, y, score }, k) => {
        const error = Math.max(Math.abs(x - keypoints[b][2 * k]), Math.abs(y - keypoints[b][2 * k + 1]));
        assert.ok(error <= 1e-3, `person ${b}, joint ${k}: off by ${error} px`);
        assert.equal(Math.fround(score), Math.fround(scores[b][k]));
      });
    });
  }
  assert.equal(offset, binary.length);
});

/** A Gaussian about (x, y). The exact logarithm is a parabola, which one Newton step solves. */
function gaussian(x: number, y: number, extent: { width: number; height: number }): Heatmaps {
  const { width, height } = extent;
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const [u, v] = [i % width, Math.floor(i / width)];
    return 0.9 * Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * 2 ** 2));
  });
  return { data, shape: [1, 1, height, width] };
}

/** A crop that maps 48×64 heatmap pixels to image pixels one to one. */
const plain: CropTransform = {
  ...cropTransform([0, 0, 10, 10], crop),
  center: [23.5, 31.5],
  scale: [47 / 200, 63 / 200],
};

Deno.test("decodeHeatmaps() finds the centre of a Gaussian between pixels", () => {
  for (const [x, y] of [[20, 30], [20.3, 30.4], [12.49, 41.51], [33.77, 8.25]]) {
    const map = gaussian(x, y, { width: 48, height: 64 });
    const bounds: Record<DecodeMode, number> = { dark: 1e-3, quarter: 0.2501, argmax: 0.5001 };
    for (const mode of ["dark", "quarter", "argmax"] as const) {
      const [[keypoint]] = decodeHeatmaps(map, [plain], { mode });
      const error = Math.max(Math.abs(keypoint.x - x), Math.abs(keypoint.y - y));
      assert.ok(error <= bounds[mode], `${mode} at ${x}, ${y}: off by ${error}`);
    }
  }
});

Deno.test("decodeHeatmaps() moves a quarter towards the higher neighbour and stays at borders", () => {
  const decode = (values: number[]) => {
    const data = new Float32Array(4 * 4);
    data.set(values, 4);
    const transform = { ...plain, center: [1.5, 1.5] as const, scale: [3 / 200, 3 / 200] as const };
    const [[{ x, y }]] = decodeHeatmaps({ data, shape: [1, 1, 4, 4] }, [transform], { mode: "quarter" });
    return [round(x), round(y)];
  };
  assert.deepEqual(decode([0, 9, 3, 0]), [1.25, 1]);
  assert.deepEqual(decode([3, 9, 0, 0]), [0.75, 1]);
  assert.deepEqual(decode([3, 9, 3, 0]), [1, 1]);
  assert.deepEqual(decode([9, 3, 0, 0]), [0, 1]);
  assert.deepEqual(decode([0, 0, 3, 9]), [3, 1]);
});

Deno.test("decodeHeatmaps() gives (-1, -1) and the maximum where there is no joint", () => {
  const data = new Float32Array(64 * 48).fill(-0.25);
  for (const mode of ["dark", "quarter", "argmax"] as const) {
    const [[{ x, y, score }]] = decodeHeatmaps({ data, shape: [1, 1, 64, 48] }, [plain], { mode });
    assert.deepEqual([round(x), round(y), score], [-1, -1, -0.25]);
  }
});

Deno.test("decodeHeatmaps() refuses NaN, unknown modes and shapes that do not fit", () => {
  const data = new Float32Array(2 * 4 * 4);
  const shape = [1, 2, 4, 4];
  assert.throws(() => decodeHeatmaps({ data, shape: [2, 4, 4] }, [plain]), {
    name: "TypeError",
    message: /32 values of shape \[2, 4, 4\]/,
  });
  assert.throws(() => decodeHeatmaps({ data, shape }, []), { name: "TypeError", message: /found 0 crops/ });
  assert.throws(() => decodeHeatmaps({ data, shape }, [plain], { mode: "best" as DecodeMode }), {
    name: "RangeError",
    message: /found mode "best"/,
  });
  data[20] = NaN;
  assert.throws(() => decodeHeatmaps({ data, shape }, [plain]), {
    name: "RangeError",
    message: /person 0, joint 1: found NaN/,
  });
});

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
