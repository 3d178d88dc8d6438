/** y[b, f, m, c] = x[index[b, f], 0, m, c], against plain loops. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { gather } from "../../kernels/gather/gather.ts";
import { assertClose } from "../support/compare.ts";
import { testPrecisions } from "../support/precisions.ts";
import { normals, uniform } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

for (
  const [seed, [U, M, D, B, F]] of [[1, 1, 1, 1, 1], [5, 7, 11, 3, 3], [2, 65, 12, 4, 1], [6, 192, 96, 4, 3]]
    .entries()
) {
  testPrecisions(
    `gather() of ${U} items [${M}, ${D}] to [${B}, ${F}] equals loops`,
    async ({ dtype, stored }) => {
      const x = normals(U * M * D, seed);
      const random = uniform(seed);
      const index = Int32Array.from({ length: B * F }, () => Math.floor(random() * U));
      const { y } = await runGraph((graph) => {
        denseOutput(
          graph,
          "y",
          gather(graph, blockedInput(graph, "x", [U, 1, M, D]), graph.input("index", [B, F], "i32")),
        );
      }, { inputs: { x, index }, dtype });
      const expected = [...index].flatMap((item) => [...x.subarray(item * M * D, (item + 1) * M * D)]);
      assertClose(y, expected.map(stored), 0);
    },
  );
}

Deno.test("gather() refuses an index that is no [B, F] of whole numbers", () => {
  const graph = new Graph();
  const x = blockedInput(graph, "x", [2, 1, 3, 4]);
  assert.throws(() => gather(graph, x, graph.input("index", [2, 2])), /Cannot gather by dense f32 \[2, 2\]/);
});
