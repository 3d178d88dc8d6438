/** d_x, d_weight and d_bias of layer normalisation against differences of the oracle. */
import { layerNorm } from "../../kernels/layer_norm/layer_norm.ts";
import { layerNormOracle } from "../oracles/layer_norm.ts";
import { assertGradient } from "../support/gradient_check.ts";

for (const [seed, [rows, channels]] of [[1, 2], [7, 13], [9, 129], [65, 96]].entries()) {
  Deno.test(`layerNorm() gradient ${rows} × ${channels} equals differences`, async () => {
    const epsilon = 1e-3;
    await assertGradient({
      seed,
      inputs: { x: [rows, channels] },
      build: (graph, { x }) => layerNorm(graph, x, { epsilon }),
      oracle: ({ x, weight, bias }) => layerNormOracle({ x, weight, bias, rows, channels, epsilon }),
    });
  });
}
