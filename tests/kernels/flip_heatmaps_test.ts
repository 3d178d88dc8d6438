/** Flip test: mean with the mirrored, side-swapped heatmaps, against float64. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { flipHeatmaps } from "../../kernels/flip_heatmaps/flip_heatmaps.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { flipHeatmapsOracle } from "../oracles/flip_heatmaps.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

type Pairs = readonly (readonly [number, number])[];

// 1, primes, pairs within and across blocks of four, no pair, the real sets.
const cases: { B: number; height: number; width: number; K: number; flipPairs: Pairs }[] = [
  { B: 1, height: 1, width: 1, K: 1, flipPairs: [] },
  { B: 2, height: 3, width: 5, K: 7, flipPairs: [[0, 6], [1, 2], [5, 3]] },
  { B: 3, height: 7, width: 2, K: 4, flipPairs: [[3, 0]] },
  { B: 2, height: 64, width: 48, K: 15, flipPairs: keypointSets.posetrack15.flipPairs },
  { B: 1, height: 64, width: 48, K: 17, flipPairs: keypointSets.coco17.flipPairs },
];

for (const [seed, shape] of cases.entries()) {
  const { B, height, width, K, flipPairs } = shape;
  testPrecisions(
    `flipHeatmaps() of [${2 * B}, ${height}, ${width}, ${K}], ${flipPairs.length} pairs equals float64`,
    async ({ dtype, bound }) => {
      const x = normals(2 * B * height * width * K, seed);
      const { y } = await runGraph((graph) => {
        const maps = flipHeatmaps(graph, blockedInput(graph, "x", [2 * B, height, width, K]), { flipPairs });
        assert.deepEqual(maps.shape, [B, height, width, K]);
        denseOutput(graph, "y", maps);
      }, { inputs: { x }, dtype });
      const expected = flipHeatmapsOracle({ ...shape, x });
      assertClose(y, expected, bound(expected));
    },
    { half: [1, 2, 4].includes(seed) },
  );
}

Deno.test("flipHeatmaps() leaves nothing in the padding of the last block that a product would read", async () => {
  // A product over 5 channels reads 8; memory is poisoned with NaN, and NaN × 0 is NaN.
  const { y } = await runGraph((graph) => {
    const maps = flipHeatmaps(graph, blockedInput(graph, "x", [2, 1, 3, 5]), { flipPairs: [[0, 4]] });
    denseOutput(graph, "y", linear(graph, maps, { columns: 1, bias: false }));
  }, { inputs: { x: new Float32Array(30).fill(2) }, parameters: { weight: new Float32Array(5).fill(1) } });
  assertClose(y, [10, 10, 10]);
});

Deno.test("flipHeatmaps() refuses heatmaps and pairs that do not fit", () => {
  const graph = new Graph();
  const maps = blockedInput(graph, "maps", [4, 2, 3, 5]);
  const flip = (flipPairs: Pairs, x = maps) => () => flipHeatmaps(graph, x, { flipPairs });
  assert.throws(flip([], blockedInput(graph, "odd", [3, 2, 3, 5])), {
    name: "TypeError",
    message: /blocked heatmaps \[3, 2, 3, 5\]: expected blocked \[2B, h, w, K\]/,
  });
  assert.throws(flip([], graph.input("dense", [4, 2, 3, 5])), {
    name: "TypeError",
    message: /dense heatmaps/,
  });
  for (const pairs of [[[0, 5]], [[-1, 2]], [[0, 1], [1, 2]], [[3, 3]], [[0.5, 1]]] as [number, number][][]) {
    assert.throws(flip(pairs), {
      name: "RangeError",
      message: /expected keypoints of 0 to 4, each in one pair/,
    });
  }
});
