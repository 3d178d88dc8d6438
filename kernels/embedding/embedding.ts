/**
 * BERT's embedding sum: `y[b, n, d] = word[ids[b, n], d] + position[n, d] + token_type[0, d]`.
 *
 * Every token is of type 0: LAPose reads one description, never a pair of sentences.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  elementCount,
  formatShape,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { sumRows } from "../sum_rows/sum_rows.ts";
import gradientSource from "./gradient.wgsl" with { type: "text" };
import source from "./sum.wgsl" with { type: "text" };

/** Options of {@linkcode embedding}. */
export interface EmbeddingOptions {
  /** Rows of the word table. */
  vocabularySize: number;
  /** Rows of the position table: the longest text. */
  positions: number;
  /** Rows of the token type table. */
  typeVocabularySize: number;
  /** Channels D. */
  width: number;
}

/** Inputs ids i32 `[B, N]` dense, word `[V, D]`, position `[P, D]`, token type `[T, D]`; output `[B, N, D]` blocked. */
export const embeddingOperator: Operator<null> = {
  name: "embedding",

  infer([ids, ...tables]): TensorSpec[] {
    const { shape, type, layout } = ids!;
    const refuse = (reason: string): never => {
      throw new TypeError(`Cannot embed token ids ${formatShape(shape)}: ${reason}`);
    };
    if (shape.length !== 2) refuse("expected [B, N]");
    if (type !== "i32" || layout !== "dense") refuse(`${layout} ${type}, expected dense i32`);
    const [word, position, token_type] = tables.map((table) => table!.shape);
    if ([word, position, token_type].some(([, width], _, all) => width !== all[0][1])) {
      refuse(
        `tables ${[word, position, token_type].map(formatShape).join(", ")}, expected channels of one number`,
      );
    }
    if (shape[1] > position[0]) refuse(`${shape[1]} tokens, expected at most ${position[0]}`);
    return [{ shape: [...shape, word[1]] }];
  },

  lower(node: Node<null>, lowering: Lowering): void {
    const [ids, word, position, tokenType] = node.inputs;
    const [y] = node.outputs;
    const n_rows = elementCount(ids!.shape);
    const table = (tensor: Tensor) => {
      const bytes = elementCount(tensor.shape) * 4;
      if (bytes > lowering.traits.maxBindingBytes) {
        throw new RangeError(
          `Cannot plan ${tensor.name}: ${bytes} bytes, expected at most ${lowering.traits.maxBindingBytes}`,
        );
      }
      return lowering.parameter([tensor], { name: "rows", pack: ([data]) => ({ kind: "buffer", data }) });
    };
    lowering.dispatch({
      shader: { name: "embedding/sum", source },
      bindings: [
        lowering.buffer(ids!),
        table(word!),
        table(position!),
        table(tokenType!),
        lowering.buffer(y),
        lowering.uniform([n_rows, ids!.shape[1], word!.shape[1], word!.shape[0], rowStride(y)]),
      ],
      workgroups: [Math.ceil(n_rows / 64), blockCount(y)],
    });
  },

  /** Gather, and the first N rows of the position table, N read from the ids. */
  onnx(node: Node<null>, exporter: OnnxExporter): void {
    const [ids, word, position, tokenType] = node.inputs.map((input) => exporter.value(input!));
    const zero = exporter.integers([0]);
    const tokens = exporter.node("Shape", [ids], { start: 1, end: 2 });
    const words = exporter.node("Gather", [word, ids]);
    const positions = exporter.node("Slice", [position, zero, tokens, zero]);
    const type = exporter.node("Slice", [tokenType, zero, exporter.integers([1]), zero]);
    const sum = exporter.node("Add", [words, positions]);
    exporter.bind(node.outputs[0], exporter.node("Add", [sum, type]));
  },

  gradient(node: Node<null>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [ids, word, position, tokenType] = node.inputs;
    return [
      null,
      graph.add(wordGradientOperator, [ids, d_y], { shape: word!.shape })[0],
      sumRows(graph, d_y!, { shape: position!.shape, positions: ids!.shape[1] }),
      sumRows(graph, d_y!, { shape: tokenType!.shape }),
    ];
  },
};

/** Inputs ids i32 `[B, N]` dense and d_y `[B, N, D]` blocked; output d_word `[V, D]` dense. */
export const wordGradientOperator: Operator<{ readonly shape: readonly number[] }> = {
  name: "word_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape, layout: "dense" }];
  },

  lower(node: Node<{ readonly shape: readonly number[] }>, lowering: Lowering): void {
    const [ids, d_y] = node.inputs;
    const [words, width] = node.attributes.shape;
    lowering.dispatch({
      shader: { name: "embedding/gradient", source: gradientSource },
      bindings: [
        lowering.buffer(ids!),
        lowering.buffer(d_y!),
        lowering.buffer(node.outputs[0]),
        lowering.uniform([elementCount(ids!.shape), words, width, rowStride(d_y!)]),
      ],
      workgroups: [Math.ceil(words / 64)],
    });
  },
};

/**
 * Adds BERT's embedding sum, with parameters `word`, `position` and `token_type` below the current module.
 *
 * @param graph The graph.
 * @param inputIds i32 `[B, N]` dense; ids outside the vocabulary read its nearest end.
 * @param options Sizes of the tables.
 * @returns Blocked `[B, N, width]`.
 * @throws {TypeError} When the ids are of another kind, or more tokens than positions.
 */
export function embedding(graph: Graph, inputIds: Tensor, options: EmbeddingOptions): Tensor {
  const { vocabularySize, positions, typeVocabularySize, width } = options;
  const inputs = [
    inputIds,
    graph.parameter("word", [vocabularySize, width]),
    graph.parameter("position", [positions, width]),
    graph.parameter("token_type", [typeVocabularySize, width]),
  ];
  return graph.add(embeddingOperator, inputs, null)[0];
}
