/** Keypoints of heatmaps, every mode, against float64 and against Hugging Face's ViTPose post-processing. */
import assert from "node:assert/strict";
import type { StoredType } from "../../gpu/shader.ts";
import { Graph } from "../../graph/graph.ts";
import { decode, type DecodeMode } from "../../kernels/decode/decode.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import type { Box } from "../../people/box.ts";
import { cropTransform } from "../../people/crop_geometry.ts";
import golden from "../golden/decode.json" with { type: "json" };
import { decodeOracle } from "../oracles/decode.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, runGraph } from "../support/run_graph.ts";

/** design.md §5: keypoints within 0.01 image pixels. */
const bound = 0.01;
const modes: DecodeMode[] = ["argmax", "quarter", "dark"];

/** Decodes `[B, height, width, K]` on the device. */
async function decodeOnDevice(
  maps: Float32Array,
  { shape, boxes, mode, dtype }: {
    shape: readonly number[];
    boxes: Float32Array;
    mode: DecodeMode;
    dtype?: StoredType;
  },
): Promise<Float32Array> {
  const { y } = await runGraph((graph) => {
    const heatmaps = blockedInput(graph, "maps", shape);
    graph.output("y", decode(graph, heatmaps, { boxes: graph.input("boxes", [shape[0], 4]), mode }));
  }, { inputs: { maps, boxes }, dtype });
  return y;
}

/** A Gaussian per person and keypoint, anywhere up to the borders, with a little noise. */
function blobs([B, height, width, K]: readonly number[], seed: number): Float32Array {
  const next = uniform(seed);
  const maps = normals(B * height * width * K, seed + 1, 0.004);
  for (let map = 0; map < B * K; map++) {
    const [b, k] = [Math.floor(map / K), map % K];
    const [x, y, peak, sigma] = [next() * (width - 1), next() * (height - 1), 0.3 + next(), 1.3 + next()];
    for (let v = 0; v < height; v++) {
      for (let u = 0; u < width; u++) {
        maps[((b * height + v) * width + u) * K + k] += peak *
          Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma ** 2));
      }
    }
  }
  return maps;
}

function someBoxes(B: number, seed: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: 4 * B }, (_, i) => i % 4 < 2 ? 900 * next() : 40 + 300 * next());
}

// Smallest maps, primes, keypoints that are no multiple of 4, fewer pixels than invocations, the real map.
const shapes = [[1, 2, 2, 1], [2, 3, 5, 3], [3, 7, 13, 5], [1, 31, 2, 4], [2, 64, 48, 17]];

for (const mode of modes) {
  for (const [seed, shape] of shapes.entries()) {
    testPrecisions(`decode() ${mode} of [${shape.join(", ")}] equals float64`, async ({ dtype, stored }) => {
      const [B, height, width, K] = shape;
      const maps = blobs(shape, seed).map(stored); // where a maximum lies is no matter of a bound
      const boxes = someBoxes(B, seed + 100);
      const actual = await decodeOnDevice(maps, { shape, boxes, mode, dtype });
      assertClose(actual, decodeOracle({ maps, boxes, B, height, width, K, mode }), bound);
    }, { half: [1, 2, 4].includes(seed) });
  }
}

Deno.test("decode() dark equals Hugging Face's post_process_pose_estimation", async () => {
  const binary = Deno.readFileSync(new URL("../golden/decode.bin", import.meta.url));
  let offset = 0;
  for (const { shape, boxes, keypoints, scores } of golden.sets) {
    const bytes = 4 * shape.reduce((a, b) => a * b);
    const maps = new Float32Array(binary.slice(offset, offset += bytes).buffer);
    const placed = boxes.flatMap((box) => {
      const { center, scale } = cropTransform(box as unknown as Box, { width: 192, height: 256 });
      return [...center, 200 * scale[0], 200 * scale[1]];
    });
    const { y } = await runGraph((graph) => {
      const heatmaps = rearrange(graph, graph.input("maps", shape), { pattern: "B K h w -> B h w K" });
      graph.output("y", decode(graph, heatmaps, { boxes: graph.input("boxes", [shape[0], 4]) }));
    }, { inputs: { maps, boxes: new Float32Array(placed) } });
    const points = y.filter((_, i) => i % 3 < 2);
    assertClose(points, keypoints.flat(), 1e-3);
    assert.deepEqual([...y.filter((_, i) => i % 3 === 2)], scores.flat().map(Math.fround));
  }
  assert.equal(offset, binary.length);
});

/** A box that maps heatmap pixels to image pixels one to one. */
function plainBox(width: number, height: number): Float32Array {
  return Float32Array.of((width - 1) / 2, (height - 1) / 2, width - 1, height - 1);
}

Deno.test("decode() takes the first of equal maxima", async () => {
  const [height, width] = [16, 24];
  for (const [first, second] of [[70, 71], [70, 70 + 64], [71, 130], [130, 199], [0, 383]]) {
    const maps = new Float32Array(height * width);
    maps[first] = maps[second] = 0.5;
    const options = { shape: [1, height, width, 1], boxes: plainBox(width, height), mode: "argmax" as const };
    const [x, y, score] = await decodeOnDevice(maps, options);
    assertClose([x, y, score], [first % width, Math.floor(first / width), 0.5], 1e-4);
  }
});

Deno.test("decode() moves a quarter toward the higher neighbour and stays at borders", async () => {
  const decoded = async (row: number[]) => {
    const maps = new Float32Array(16);
    maps.set(row, 4);
    const options = { shape: [1, 4, 4, 1], boxes: plainBox(4, 4), mode: "quarter" as const };
    const [x, y] = await decodeOnDevice(maps, options);
    return [x, y];
  };
  assertClose(await decoded([0, 9, 3, 0]), [1.25, 1]);
  assertClose(await decoded([3, 9, 0, 0]), [0.75, 1]);
  assertClose(await decoded([3, 9, 3, 0]), [1, 1]);
  assertClose(await decoded([9, 3, 0, 0]), [0, 1]);
  assertClose(await decoded([0, 0, 3, 9]), [3, 1]);
});

Deno.test("decode() gives (-1, -1) and the maximum where there is no keypoint", async () => {
  const shape = [1, 9, 8, 2];
  const maps = new Float32Array(9 * 8 * 2).map((_, i) => i % 2 === 0 ? 0 : -0.25);
  for (const mode of modes) {
    const actual = await decodeOnDevice(maps, { shape, boxes: plainBox(8, 9), mode });
    assertClose(actual, [-1, -1, 0, -1, -1, -0.25]);
  }
});

Deno.test("decode() refuses heatmaps, boxes and modes that do not fit", () => {
  const graph = new Graph();
  const heatmaps = blockedInput(graph, "maps", [2, 4, 3, 5]);
  const boxes = graph.input("boxes", [2, 4]);
  assert.deepEqual(decode(graph, heatmaps, { boxes }).shape, [2, 5, 3]);
  const refused = (message: RegExp) => ({ name: "TypeError", message });
  assert.throws(
    () => decode(graph, graph.input("dense", [2, 4, 3, 5]), { boxes }),
    refused(/dense heatmaps \[2, 4, 3, 5\]: expected blocked/),
  );
  assert.throws(
    () => decode(graph, blockedInput(graph, "thin", [2, 1, 3, 5]), { boxes }),
    refused(/\[2, 1, 3, 5\]: expected at least 2 × 2 pixels/),
  );
  assert.throws(
    () => decode(graph, heatmaps, { boxes: graph.input("other", [3, 4]) }),
    refused(/boxes of dense f32 \[3, 4\]: expected dense f32 \[2, 4\]/),
  );
  assert.throws(
    () => decode(graph, heatmaps, { boxes, mode: "best" as DecodeMode }),
    refused(/by "best": expected argmax, quarter or dark/),
  );
});
