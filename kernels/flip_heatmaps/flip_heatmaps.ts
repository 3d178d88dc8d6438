/**
 * Flip test: the mean of a person's heatmaps and those of the mirrored crop,
 * `y[b, i, j, k] = ½ (x[b, i, j, k] + x[B + b, i, w − 1 − j, partner(k)])`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import source from "./flip_heatmaps.wgsl" with { type: "text" };

/** Attributes of {@linkcode flipHeatmapsOperator}. */
export interface FlipHeatmapsAttributes {
  /** Pairs of keypoints that change sides in a mirror; the others are their own partners. */
  readonly flipPairs: readonly (readonly [number, number])[];
}

/**
 * Input blocked `[2B, h, w, K]`, the second half from mirrored crops; output blocked `[B, h, w, K]`. Stands outside
 * the exported graph.
 */
export const flipHeatmapsOperator: Operator<FlipHeatmapsAttributes> = {
  name: "flip_heatmaps",

  infer([x], { flipPairs }): TensorSpec[] {
    const { shape, layout } = x!;
    if (shape.length !== 4 || layout !== "blocked" || shape[0] % 2 !== 0) {
      throw new TypeError(
        `Cannot flip ${layout} heatmaps ${formatShape(shape)}: expected blocked [2B, h, w, K]`,
      );
    }
    partnersOf(flipPairs, shape[3]);
    return [{ shape: [shape[0] / 2, ...shape.slice(1)], precise: x!.precise }];
  },

  lower(node: Node<FlipHeatmapsAttributes>, lowering: Lowering): void {
    const [x] = node.inputs as readonly Tensor[];
    const [y] = node.outputs;
    const K = channelCount(x);
    const partners = partnersOf(node.attributes.flipPairs, K);
    lowering.dispatch({
      shader: { name: "flip_heatmaps", source },
      bindings: [
        lowering.buffer(x),
        lowering.parameter([], {
          name: `flip partners ${partners.join(" ")}`,
          pack: () => ({ kind: "buffer", data: partners.slice() }),
        }),
        lowering.buffer(y),
        lowering.uniform([rowCount(y), K, rowStride(x), rowStride(y), x.shape[2]]),
      ],
      workgroups: [Math.ceil(rowCount(y) / 64), blockCount(y)],
    });
  },
};

/**
 * Adds the mean of heatmaps and mirrored heatmaps.
 *
 * @param graph The graph.
 * @param x Blocked `[2B, h, w, K]`: B people, then the same B from mirrored crops.
 * @param options The keypoints that change sides.
 * @returns Blocked `[B, h, w, K]`.
 * @throws {TypeError} When x has another shape.
 * @throws {RangeError} When a pair names a keypoint that is not there, or one twice.
 */
export function flipHeatmaps(graph: Graph, x: Tensor, options: FlipHeatmapsAttributes): Tensor {
  return graph.add(flipHeatmapsOperator, [x], { flipPairs: options.flipPairs })[0];
}

/** For each keypoint the one on the other side. */
function partnersOf(flipPairs: FlipHeatmapsAttributes["flipPairs"], K: number): Uint32Array {
  const partners = Uint32Array.from({ length: K }, (_, k) => k);
  const seen = new Set<number>();
  for (const pair of flipPairs) {
    for (const keypoint of pair) {
      if (!Number.isInteger(keypoint) || keypoint < 0 || keypoint >= K || seen.has(keypoint)) {
        throw new RangeError(
          `Cannot flip heatmaps: pair [${pair.join(", ")}], expected keypoints of 0 to ${
            K - 1
          }, each in one pair at most`,
        );
      }
      seen.add(keypoint);
    }
    partners[pair[0]] = pair[1];
    partners[pair[1]] = pair[0];
  }
  return partners;
}
