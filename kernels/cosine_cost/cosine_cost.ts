/**
 * Transport cost between visual and text tokens (Eq. 6): `c[b, m, n] = 1 − cos(f_m, g_n)`.
 *
 * The cosine is `f · g / (max(|f|, 1e-8) · max(|g|, 1e-8))`, as torch's cosine_similarity: each norm is guarded by
 * itself, so that a zero vector has cosine 0 with everything (cost 1) and short vectors keep theirs.
 *
 * `"four"` visual tokens per invocation save loads on software Vulkan, `"one"` keeps a GPU busier.
 */
import { type DeviceTraits, vectorLanes } from "../../gpu/device.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { blockCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { cosineCostGradientOperator } from "./cosine_cost_gradient.ts";
import source from "./cost.wgsl" with { type: "text" };

/** The variants of the cost kernel: visual tokens per invocation. */
export type CosineCostVariant = "four" | "one";

/** Attributes of {@linkcode cosineCostOperator}. */
export interface CosineCostAttributes {
  /** Which kernel; the expected fastest when absent. */
  readonly variant?: CosineCostVariant;
}

const smallestNorm = 1e-8;
const tiles: Record<CosineCostVariant, { ROWS: number; LANES: number }> = {
  four: { ROWS: 4, LANES: vectorLanes },
  one: { ROWS: 1, LANES: 32 },
};
/** Text tokens of an invocation in `cost.wgsl`. */
const tileColumns = 4;

/** Inputs f `[B, M, D]` and g `[B, N, D]`, blocked; output c `[B, M, N]` dense. */
export const cosineCostOperator: Operator<CosineCostAttributes> = {
  name: "cosine_cost",

  infer([f, g]): TensorSpec[] {
    const refuse = (reason: string): never => {
      throw new TypeError(
        `Cannot compare ${formatShape(f!.shape)} with ${formatShape(g!.shape)}: ${reason}`,
      );
    };
    if (f!.shape.length !== 3 || g!.shape.length !== 3) refuse("expected [B, M, D] and [B, N, D]");
    for (const { type, layout } of [f!, g!]) {
      if (type !== "f32" || layout !== "blocked") refuse(`${layout} ${type}, expected blocked f32`);
    }
    if (f!.shape[0] !== g!.shape[0]) refuse("other numbers of people, expected the same");
    if (f!.shape[2] !== g!.shape[2]) refuse("other channels, expected the same");
    if (f === g) refuse("both are the same tensor, expected two");
    return [{ shape: [f!.shape[0], f!.shape[1], g!.shape[1]], layout: "dense" }];
  },

  lower(node: Node<CosineCostAttributes>, lowering: Lowering): void {
    const [f, g] = node.inputs;
    const [B, M, N] = node.outputs[0].shape;
    const tile = tiles[node.attributes.variant ?? cosineCostVariant(lowering.traits)];
    lowering.dispatch({
      shader: { name: "cosine_cost/cost", source, defines: tile },
      bindings: [
        lowering.buffer(f!),
        lowering.buffer(g!),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([M, N, blockCount(f!), rowStride(f!), rowStride(g!)]),
      ],
      workgroups: [Math.ceil(M / (tile.ROWS * tile.LANES)), Math.ceil(N / tileColumns), B],
    });
  },

  onnx(node: Node<CosineCostAttributes>, exporter: OnnxExporter): void {
    const [f, g] = node.inputs.map((input) => {
      const value = exporter.value(input!);
      const norm = exporter.node("ReduceL2", [value], { axes: [-1], keepdims: 1 });
      return exporter.node("Div", [value, exporter.node("Max", [norm, exporter.floats([smallestNorm], [])])]);
    });
    const transposed = exporter.node("Transpose", [g], { perm: [0, 2, 1] });
    const cosine = exporter.node("MatMul", [f, transposed]);
    exporter.bind(node.outputs[0], exporter.node("Sub", [exporter.floats([1], []), cosine]));
  },

  gradient(node: Node<CosineCostAttributes>, [d_c]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return [...graph.add(cosineCostGradientOperator, [...node.inputs, node.outputs[0], d_c], null)];
  },
};

/**
 * Adds the transport cost.
 *
 * @param graph The graph.
 * @param visual F, blocked `[B, M, D]`.
 * @param text G, blocked `[B, N, D]`.
 * @param options Which kernel.
 * @returns C dense `[B, M, N]`, 0 for parallel and 2 for opposite tokens.
 * @throws {TypeError} When shapes do not fit.
 */
export function cosineCost(
  graph: Graph,
  visual: Tensor,
  text: Tensor,
  options: CosineCostAttributes = {},
): Tensor {
  return graph.add(cosineCostOperator, [visual, text], options)[0];
}

function cosineCostVariant(traits: DeviceTraits): CosineCostVariant {
  return traits.software ? "four" : "one";
}
