/** Backward of the transport cost through Sinkhorn's iterations; the equations stand in `gradient.wgsl`. */
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import type { TensorSpec } from "../../graph/tensor.ts";
import source from "./gradient.wgsl" with { type: "text" };

/** λ and T of the forward pass. */
export interface SinkhornGradientAttributes {
  /** Entropic regularisation λ. */
  readonly lambda: number;
  /** Iterations T. */
  readonly iterations: number;
}

/** Inputs C dense `[B, M, N]`, β dense `[B, N]` and d_cost dense `[B]`; output d_C dense `[B, M, N]`. */
export const sinkhornGradientOperator: Operator<SinkhornGradientAttributes> = {
  name: "sinkhorn_gradient",

  infer([cost]): TensorSpec[] {
    return [{ shape: cost!.shape, layout: "dense" }];
  },

  lower(node: Node<SinkhornGradientAttributes>, lowering: Lowering): void {
    const [cost, beta, d_cost] = node.inputs;
    const [B, M, N] = cost!.shape;
    const { lambda, iterations } = node.attributes;
    const history = lowering.scratch({ shape: [B, iterations, 2, M + N], layout: "dense" });
    lowering.dispatch({
      shader: { name: "sinkhorn/gradient", source },
      bindings: [
        lowering.buffer(cost!),
        lowering.buffer(beta!),
        lowering.buffer(d_cost!),
        lowering.buffer(history),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([M, N, iterations, { f32: 1 / lambda }]),
      ],
      workgroups: [B],
    });
  },
};
