/** BERT's embedding sum: word, position and token type 0 (Devlin et al. 2019, Figure 2). */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import { blockCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import source from "./embedding.wgsl" with { type: "text" };

/** Options of {@linkcode embedding}. */
export interface EmbeddingOptions {
  /** Rows of the word table. */
  vocabularySize: number;
  /** Rows of the position table. */
  positions: number;
  /** Rows of the token type table. */
  typeVocabularySize: number;
  /** Channels. */
  width: number;
}

/**
 * Inputs ids i32 `[B, N]`, word `[V, D]`, position `[P, D]`, token type `[T, D]`; output blocked `[B, N, D]`.
 *
 * Ids outside the table read its ends; the caller checks them.
 */
export const embeddingOperator: Operator<Record<never, never>> = {
  name: "embedding",

  infer([ids, word, position]): TensorSpec[] {
    if (ids!.shape.length !== 2 || ids!.shape[1] > position!.shape[0]) {
      throw new TypeError(
        `Cannot embed ids ${formatShape(ids!.shape)}, expected [B, N] with at most ${
          position!.shape[0]
        } tokens`,
      );
    }
    return [{ shape: [...ids!.shape, word!.shape[1]] }];
  },

  lower(node: Node<Record<never, never>>, lowering: Lowering): void {
    const [ids, word, position, tokenType] = node.inputs as Tensor[];
    const [y] = node.outputs;
    const [B, N, D] = y.shape;
    const table = (tensor: Tensor) =>
      lowering.parameter([tensor], { name: "rows", pack: (data) => ({ kind: "buffer", data }) });
    lowering.dispatch({
      shader: { name: "embedding", source },
      bindings: [
        lowering.buffer(ids),
        table(word),
        table(position),
        table(tokenType),
        lowering.buffer(y),
        lowering.uniform([B * N, N, D, rowStride(y), word.shape[0]]),
      ],
      workgroups: [Math.ceil(B * N / 64), blockCount(y)],
    });
  },

  onnx(node: Node<Record<never, never>>, exporter: OnnxExporter): void {
    const [ids, word, position, tokenType] = node.inputs.map((tensor) => exporter.value(tensor!));
    const words = exporter.node("Gather", [word, ids], { axis: 0 });
    const length = exporter.node("Gather", [exporter.node("Shape", [ids]), exporter.integers([1])], {
      axis: 0,
    });
    const from = exporter.integers([0]);
    const positions = exporter.node("Slice", [position, from, length, exporter.integers([0])]);
    const type = exporter.node("Slice", [tokenType, from, exporter.integers([1]), exporter.integers([0])]);
    const sum = exporter.node("Add", [words, positions]);
    exporter.bind(node.outputs[0], exporter.node("Add", [sum, type]));
  },
};

/**
 * Adds the embedding sum with the tables `word`, `position` and `token_type` below the current module.
 *
 * @param graph The graph.
 * @param inputIds i32 `[B, N]`.
 * @param options Sizes of the tables.
 * @returns Blocked `[B, N, width]`.
 * @throws {TypeError} When there are more tokens than positions.
 */
export function embedding(graph: Graph, inputIds: Tensor, options: EmbeddingOptions): Tensor {
  const { vocabularySize, positions, typeVocabularySize, width } = options;
  return graph.add(embeddingOperator, [
    inputIds,
    graph.parameter("word", [vocabularySize, width]),
    graph.parameter("position", [positions, width]),
    graph.parameter("token_type", [typeVocabularySize, width]),
  ], {})[0];
}
