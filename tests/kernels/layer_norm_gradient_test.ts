/** d_x, d_weight and d_bias of layer normalisation against differences of the oracle. */
import { layerNorm } from "../../kernels/layer_norm/layer_norm.ts";
import { layerNormOracle } from "../oracles/layer_norm.ts";
import { assertGradient } from "../support/gradient_check.ts";

// The device at hand, the kernels of a GPU, and textures that hold only some of the rows.
const devices = {
  "": {},
  " on a GPU": { software: false },
  " in chunks of 40 rows": { maxTextureExtent: 41 },
};

for (const [device, traits] of Object.entries(devices)) {
  for (const [seed, [rows, channels]] of [[1, 2], [7, 13], [9, 129], [65, 96]].entries()) {
    Deno.test(`layerNorm() gradient ${rows} × ${channels}${device} equals differences`, async () => {
      const epsilon = 1e-3;
      await assertGradient({
        seed,
        traits,
        inputs: { x: [rows, channels] },
        build: (graph, { x }) => layerNorm(graph, x, { epsilon }),
        oracle: ({ x, weight, bias }) => layerNormOracle({ x, weight, bias, rows, channels, epsilon }),
      });
    });
  }
}
