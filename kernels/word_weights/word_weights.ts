/** The masses β of Eq. 5: uniform over the real words, zero for [CLS], [SEP] and padding. */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./word_weights.wgsl" with { type: "text" };

/** Attributes of {@linkcode wordWeightsOperator}. */
export interface WordWeightsAttributes {
  /** Vocabulary index of [CLS]. */
  readonly clsId: number;
  /** Vocabulary index of [SEP]. */
  readonly sepId: number;
}

/** ONNX's number of the float32 element type. */
const onnxFloat32 = 1;
/** ONNX's number of the bool element type. */
const onnxBool = 9;

/** Inputs ids and mask i32 `[B, N]`; output β dense `[B, N]`, which sums to 1, or is all 0 without a real word. */
export const wordWeightsOperator: Operator<WordWeightsAttributes> = {
  name: "wordWeights",

  infer([ids, mask]): TensorSpec[] {
    if (ids!.shape.length !== 2 || formatShape(ids!.shape) !== formatShape(mask!.shape)) {
      throw new TypeError(
        `Cannot weigh words of ids ${formatShape(ids!.shape)} and mask ${
          formatShape(mask!.shape)
        }, expected [B, N] both`,
      );
    }
    return [{ shape: ids!.shape, layout: "dense" }];
  },

  lower(node: Node<WordWeightsAttributes>, lowering: Lowering): void {
    const [ids, mask] = node.inputs as Tensor[];
    const [B, N] = ids.shape;
    const { clsId, sepId } = node.attributes;
    lowering.dispatch({
      shader: { name: "wordWeights", source },
      bindings: [
        lowering.buffer(ids),
        lowering.buffer(mask),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([B, N, clsId, sepId]),
      ],
      workgroups: [Math.ceil(B / 64)],
    });
  },

  onnx(node: Node<WordWeightsAttributes>, exporter: OnnxExporter): void {
    const [ids, mask] = node.inputs.map((tensor) => exporter.value(tensor!));
    const wide = exporter.node("Cast", [ids], { to: 7 });
    const is = (id: number) => exporter.node("Equal", [wide, exporter.integers([id], [])]);
    const special = exporter.node("Or", [is(node.attributes.clsId), is(node.attributes.sepId)]);
    const kept = exporter.node("Cast", [mask], { to: onnxBool });
    const word = exporter.node("And", [kept, exporter.node("Not", [special])]);
    const ones = exporter.node("Cast", [word], { to: onnxFloat32 });
    const count = exporter.node("ReduceSum", [ones, exporter.integers([1])], { keepdims: 1 });
    const least = exporter.node("Max", [count, exporter.floats([1], [])]);
    exporter.bind(node.outputs[0], exporter.node("Div", [ones, least]));
  },
};

/**
 * Adds the masses of the words.
 *
 * @param graph The graph.
 * @param inputs Token ids and mask i32 `[B, N]`.
 * @param attributes Indices of [CLS] and [SEP].
 * @returns β dense `[B, N]`.
 * @throws {TypeError} When shapes do not fit.
 */
export function wordWeights(
  graph: Graph,
  inputs: { inputIds: Tensor; attentionMask: Tensor },
  attributes: WordWeightsAttributes,
): Tensor {
  return graph.add(wordWeightsOperator, [inputs.inputIds, inputs.attentionMask], attributes)[0];
}
