/**
 * Target heatmaps H_t (Eq. 12): a Gaussian of deviation σ around each labelled joint, unbiased (UDP): its centre is the
 * joint itself, not the nearest pixel. `h[b, i, j, k] = exp(−((j − x)² + (i − y)²) / (2σ²))`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./targets.wgsl" with { type: "text" };

/** Attributes of {@linkcode gaussianTargetsOperator}. */
export interface GaussianTargetsAttributes {
  /** Height of a map in pixels. */
  readonly height: number;
  /** Width of a map in pixels. */
  readonly width: number;
  /** Deviation σ in map pixels; positive. */
  readonly sigma: number;
}

/** Input joints dense `[B, K, 3]` (x, y, label); outputs targets blocked `[B, h, w, K]`, visibility dense `[B, K]`. */
export const gaussianTargetsOperator: Operator<GaussianTargetsAttributes> = {
  name: "gaussian_targets",

  infer([joints], { height, width, sigma }): TensorSpec[] {
    const [B, K, values] = joints!.shape;
    if (joints!.shape.length !== 3 || values !== 3 || joints!.layout !== "dense") {
      throw new TypeError(
        `Cannot make targets of ${joints!.layout} ${formatShape(joints!.shape)}: expected dense [B, K, 3]`,
      );
    }
    if (!(sigma > 0 && sigma < Infinity)) {
      throw new RangeError(`Cannot make targets of deviation ${sigma}, expected a positive number`);
    }
    return [{ shape: [B, height, width, K] }, { shape: [B, K], layout: "dense" }];
  },

  lower(node: Node<GaussianTargetsAttributes>, lowering: Lowering): void {
    const joints = node.inputs[0]!;
    const [targets, visibility] = node.outputs;
    const { height, width, sigma } = node.attributes;
    lowering.dispatch({
      shader: { name: "gaussian_targets", source },
      bindings: [
        lowering.buffer(joints),
        lowering.buffer(targets),
        lowering.buffer(visibility),
        lowering.uniform([
          rowCount(targets),
          joints.shape[1],
          rowStride(targets),
          height,
          width,
          { f32: 1 / (2 * sigma * sigma) },
        ]),
      ],
      workgroups: [Math.ceil(rowCount(targets) / 64), blockCount(targets)],
    });
  },
};

/**
 * Adds target heatmaps.
 *
 * @param graph The graph.
 * @param joints Dense `[B, K, 3]`: x and y in map pixels, and 0 for a joint without a label.
 * @param attributes Extents and deviation in map pixels.
 * @returns Targets blocked `[B, h, w, K]`, and visibility dense `[B, K]`.
 * @throws {TypeError} When the joints have another shape.
 * @throws {RangeError} When the deviation is not positive.
 */
export function gaussianTargets(
  graph: Graph,
  joints: Tensor,
  attributes: GaussianTargetsAttributes,
): { targets: Tensor; visibility: Tensor } {
  const [targets, visibility] = graph.add(gaussianTargetsOperator, [joints], attributes);
  return { targets, visibility };
}
