/**
 * Backward of the transport cost: `d_f = −(Σ_n d_c ĝ_n − f̂ Σ_n d_c cos) / |f|` and the same for g.
 *
 * f, g and the cost are kept; norms are computed anew.
 */
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import { blockCount, rowCount, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import gradientSource from "./gradient.wgsl" with { type: "text" };
import normsSource from "./inverse_norms.wgsl" with { type: "text" };

/** Inputs f `[B, M, D]`, g `[B, N, D]` blocked, c and d_c `[B, M, N]` dense; outputs d_f and d_g blocked. */
export const cosineCostGradientOperator: Operator<null> = {
  name: "cosine_cost_gradient",

  infer([f, g]): TensorSpec[] {
    return [{ shape: f!.shape }, { shape: g!.shape }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [f, g, cost, d_cost] = node.inputs as Tensor[];
    const [B, M, N] = cost.shape;
    const inverseNorms = (x: Tensor) => {
      const inverse = lowering.scratch({ shape: [rowCount(x)], layout: "dense" });
      lowering.dispatch({
        shader: { name: "cosine_cost/inverse_norms", source: normsSource },
        bindings: [
          lowering.buffer(x),
          lowering.buffer(inverse),
          lowering.uniform([rowCount(x), blockCount(x), rowStride(x)]),
        ],
        workgroups: [Math.ceil(rowCount(x) / 64)],
      });
      return inverse;
    };
    const visual = { x: f, inverse: inverseNorms(f), count: M, step: N };
    const text = { x: g, inverse: inverseNorms(g), count: N, step: 1 };
    for (const [i, [own, other]] of [[visual, text], [text, visual]].entries()) {
      lowering.dispatch({
        shader: { name: "cosine_cost/gradient", source: gradientSource },
        bindings: [
          lowering.buffer(own.x),
          lowering.buffer(other.x),
          lowering.buffer(own.inverse),
          lowering.buffer(other.inverse),
          lowering.buffer(cost),
          lowering.buffer(d_cost),
          lowering.buffer(node.outputs[i]),
          lowering.uniform([
            own.count,
            other.count,
            own.step,
            other.step,
            rowStride(own.x),
            rowStride(other.x),
          ]),
        ],
        workgroups: [Math.ceil(own.count / 64), blockCount(own.x), B],
      });
    }
  },
};
