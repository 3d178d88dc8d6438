/** h[b, i, j, k] = exp(−((j − x)² + (i − y)²) / (2σ²)), zero without a label, against float64. */
import { gaussianTargets } from "../../kernels/gaussian_targets/gaussian_targets.ts";
import { assertClose } from "../support/compare.ts";
import { uniform } from "../support/random.ts";
import { denseOutput, runGraph } from "../support/run_graph.ts";

for (const [seed, [B, height, width, K]] of [[1, 1, 1, 1], [3, 7, 5, 15], [2, 64, 48, 17]].entries()) {
  Deno.test(`gaussianTargets() ${B} × ${height} × ${width} × ${K} equals float64`, async () => {
    const random = uniform(seed);
    const joints = new Float32Array(B * K * 3);
    for (let i = 0; i < B * K; i++) {
      joints.set([width * random(), height * random(), random() < 0.7 ? 1 : 0], 3 * i);
    }
    const outputs = await runGraph((graph) => {
      const sizes = { height, width, sigma: 2 };
      const { targets, visibility } = gaussianTargets(graph, graph.input("joints", [B, K, 3]), sizes);
      denseOutput(graph, "targets", targets);
      graph.output("visibility", visibility);
    }, { inputs: { joints } });
    const expected = Array.from({ length: B * height * width * K }, (_, at) => {
      const [k, pixel] = [at % K, Math.floor(at / K)];
      const [j, i, b] = [
        pixel % width,
        Math.floor(pixel / width) % height,
        Math.floor(pixel / width / height),
      ];
      const [x, y, label] = joints.subarray(3 * (b * K + k), 3 * (b * K + k) + 3);
      return label === 0 ? 0 : Math.exp(-((j - x) ** 2 + (i - y) ** 2) / 8);
    });
    assertClose(outputs.targets, expected);
    assertClose(outputs.visibility, joints.filter((_, i) => i % 3 === 2), 0);
  });
}
