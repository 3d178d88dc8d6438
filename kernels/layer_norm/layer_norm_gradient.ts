/**
 * Backward of layer normalisation: with `h = (x − mean) / √(variance + epsilon)` and `g = d_y · weight`,
 * `d_x = (g − mean(g) − h · mean(g · h)) / √(variance + epsilon)`, `d_weight = Σ_r d_y · h`, `d_bias = Σ_r d_y`.
 *
 * x is kept; mean and deviation are computed anew.
 */
import { vectorLanes } from "../../gpu/device.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { blockCount, channelCount, rowCount, rowStride, type TensorSpec } from "../../graph/tensor.ts";
import { packVector } from "../linear/product.ts";
import columnSource from "./gradient_columns.wgsl" with { type: "text" };
import rowSource from "./gradient.wgsl" with { type: "text" };

/** Workgroups of `gradient.wgsl`: rows, and parts of their channels. */
const tiles = { software: { ROWS: vectorLanes, SLICES: 1 }, hardware: { ROWS: 8, SLICES: 32 } };

/** Inputs x and d_y `[…, C]` blocked, weight `[C]`; outputs d_x blocked, d_weight and d_bias `[C]` dense. */
export const layerNormGradientOperator: Operator<{ readonly epsilon: number }> = {
  name: "layer_norm_gradient",

  infer([x]): TensorSpec[] {
    const columns: TensorSpec = { shape: [channelCount(x!)], layout: "dense" };
    return [{ shape: x!.shape }, columns, columns];
  },

  lower(node: Node<{ readonly epsilon: number }>, lowering: Lowering): void {
    const [x, d_y, weight] = node.inputs;
    const [d_x, d_weight, d_bias] = node.outputs;
    const n_rows = rowCount(x!);
    const n_channels = channelCount(x!);
    const statistics = lowering.scratch({ shape: [n_rows, 4] });
    const chunk = lowering.traits.maxTextureExtent - 1;
    const tile = lowering.traits.software ? tiles.software : tiles.hardware;
    for (let start = 0; start < n_rows; start += chunk) {
      const count = Math.min(chunk, n_rows - start);
      lowering.dispatch({
        shader: {
          name: "layer_norm/gradient",
          source: rowSource,
          defines: tile,
        },
        bindings: [
          lowering.texture(x!, { start, count }),
          lowering.texture(d_y!, { start, count }),
          lowering.parameter([weight!], { name: "vector", pack: ([values]) => packVector(values) }),
          lowering.buffer(d_x),
          lowering.buffer(statistics),
          lowering.uniform([count, n_channels, rowStride(d_x), start, { f32: node.attributes.epsilon }]),
        ],
        workgroups: [Math.ceil(count / tile.ROWS)],
      });
    }
    lowering.dispatch({
      shader: { name: "layer_norm/gradient_columns", source: columnSource },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(d_y!),
        lowering.buffer(statistics),
        lowering.buffer(d_weight),
        lowering.buffer(d_bias),
        lowering.uniform([n_rows, n_channels, rowStride(x!)]),
      ],
      workgroups: [blockCount(x!)],
    });
  },
};
