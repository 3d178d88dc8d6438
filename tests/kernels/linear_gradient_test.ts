/** d_x = d_y · weight, d_weight = d_yᵀ · x, d_bias = Σ d_y, d_residual = d_y, against differences of the oracle. */
import { linear } from "../../kernels/linear/linear.ts";
import { linearOracle } from "../oracles/linear.ts";
import { assertGradient } from "../support/gradient_check.ts";

const cases = [
  { rows: 1, columns: 1, depth: 1, activation: "none", bias: true, residual: false },
  { rows: 7, columns: 13, depth: 5, activation: "gelu", bias: false, residual: false },
  { rows: 23, columns: 25, depth: 23, activation: "relu", bias: true, residual: false },
  { rows: 193, columns: 47, depth: 97, activation: "none", bias: true, residual: true },
] as const;

// The device at hand, the kernels of a GPU, and textures that hold only some of the rows.
const devices = {
  "": {},
  " on a GPU": { software: false },
  " in chunks of 40 rows": { maxTextureExtent: 41 },
};

for (const [device, traits] of Object.entries(devices)) {
  for (const [seed, shape] of cases.entries()) {
    const { rows, columns, depth, activation, bias, residual } = shape;
    Deno.test(`linear() gradient ${rows} × ${columns} × ${depth} ${activation}${device} equals differences`, async () => {
      await assertGradient({
        seed,
        traits,
        inputs: { x: [rows, depth], ...(residual ? { residual: [rows, columns] } : {}) },
        build: (graph, { x, residual }) =>
          linear(graph, x, { columns, bias, activation, ...(residual ? { residual } : {}) }),
        oracle: ({ x, weight, bias, residual }) => linearOracle({ ...shape, x, weight, bias, residual }),
      });
    });
  }
}
