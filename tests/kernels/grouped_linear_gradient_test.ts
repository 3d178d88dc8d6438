/** Gradients where channels come in padded groups (heads): outputs, inputs, weight and bias without the gaps. */
import { linear } from "../../kernels/linear/linear.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { linearOracle } from "../oracles/linear.ts";
import { assertGradient } from "../support/gradient_check.ts";

for (const [seed, [heads, width]] of [[3, 5], [2, 8], [4, 3]].entries()) {
  Deno.test(`linear() gradient through ${heads} heads of ${width} equals differences`, async () => {
    const [rows, depth, D] = [19, 7, heads * width];
    await assertGradient({
      seed,
      samples: 30,
      inputs: { x: [rows, depth] },
      build: (graph, { x }) => {
        // Into padded groups and out of them again, as attention's projections do.
        const inner = graph.module("a", () => linear(graph, x, { columns: D, columnGroup: width }));
        const y = graph.module("b", () => linear(graph, inner, { columns: 6, depthGroup: width }));
        return rearrange(graph, y, { pattern: "r c -> c r" });
      },
      oracle: (values) => {
        const common = { rows, activation: "none" as const };
        const inner = linearOracle({
          ...common,
          x: values.x,
          weight: values["a.weight"],
          bias: values["a.bias"],
          columns: D,
          depth,
        });
        const y = linearOracle({
          ...common,
          x: inner,
          weight: values["b.weight"],
          bias: values["b.bias"],
          columns: 6,
          depth: D,
        });
        return Array.from({ length: rows * 6 }, (_, i) => y[(i % rows) * 6 + Math.floor(i / rows)]);
      },
    });
  });
}
