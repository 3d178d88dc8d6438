/**
 * The text distribution β of Eq. 5: uniform over the real words, zero at [CLS], [SEP] and padding;
 * `β[b, n] = 1 / (words of b)`, and zeros throughout for a text without a word.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./share.wgsl" with { type: "text" };

/** Attributes of {@linkcode wordWeightsOperator}. */
export interface WordWeightsAttributes {
  /** Vocabulary index of [CLS], which is no word. */
  readonly clsId: number;
  /** Vocabulary index of [SEP], which is no word. */
  readonly sepId: number;
}

/** Element types of ONNX that the lowering casts to. */
const onnxTypes = { float: 1, int64: 7, bool: 9 };

/** Inputs ids and mask, i32 `[B, N]` dense; output β `[B, N]` dense. */
export const wordWeightsOperator: Operator<WordWeightsAttributes> = {
  name: "word_weights",

  infer([ids, mask], { clsId, sepId }): TensorSpec[] {
    const refuse = (reason: string): never => {
      throw new TypeError(`Cannot weigh the words of token ids ${formatShape(ids!.shape)}: ${reason}`);
    };
    if (ids!.shape.length !== 2) refuse("expected [B, N]");
    if (formatShape(mask!.shape) !== formatShape(ids!.shape)) {
      refuse(`mask ${formatShape(mask!.shape)}, expected the same shape`);
    }
    for (const [name, { layout, type }] of Object.entries({ ids: ids!, mask: mask! })) {
      if (type !== "i32" || layout !== "dense") refuse(`${name} ${layout} ${type}, expected dense i32`);
    }
    if (ids === mask) refuse("the mask is the ids themselves");
    if (![clsId, sepId].every(Number.isInteger)) refuse(`[CLS] ${clsId}, [SEP] ${sepId}, expected integers`);
    return [{ shape: ids!.shape, layout: "dense" }];
  },

  lower(node: Node<WordWeightsAttributes>, lowering: Lowering): void {
    const [ids, mask] = node.inputs;
    const { clsId, sepId } = node.attributes;
    lowering.dispatch({
      shader: { name: "word_weights/share", source },
      bindings: [
        lowering.buffer(ids!),
        lowering.buffer(mask!),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([ids!.shape[1], clsId, sepId]),
      ],
      workgroups: [ids!.shape[0]],
    });
  },

  onnx(node: Node<WordWeightsAttributes>, exporter: OnnxExporter): void {
    const [ids, mask] = node.inputs.map((input) => exporter.value(input!));
    const { clsId, sepId } = node.attributes;
    const indices = exporter.node("Cast", [ids], { to: onnxTypes.int64 });
    let words = exporter.node("Cast", [mask], { to: onnxTypes.bool });
    for (const id of [clsId, sepId]) {
      const equal = exporter.node("Equal", [indices, exporter.integers([id], [])]);
      words = exporter.node("And", [words, exporter.node("Not", [equal])]);
    }
    const ones = exporter.node("Cast", [words], { to: onnxTypes.float });
    const count = exporter.node("ReduceSum", [ones, exporter.integers([1])], { keepdims: 1 });
    const divisor = exporter.node("Max", [count, exporter.floats([1], [])]);
    exporter.bind(node.outputs[0], exporter.node("Div", [ones, divisor]));
  },
};

/**
 * Adds the text distribution β.
 *
 * @param graph The graph.
 * @param tensors Token ids and attention mask (0 for padding), i32 `[B, N]` dense.
 * @param attributes Ids of the tokens that are no words.
 * @returns β `[B, N]` dense; each row sums to 1, or is zero where there is no word.
 * @throws {TypeError} When ids and mask do not fit.
 */
export function wordWeights(
  graph: Graph,
  tensors: { inputIds: Tensor; attentionMask: Tensor },
  attributes: WordWeightsAttributes,
): Tensor {
  const { clsId, sepId } = attributes;
  return graph.add(wordWeightsOperator, [tensors.inputIds, tensors.attentionMask], { clsId, sepId })[0];
}
