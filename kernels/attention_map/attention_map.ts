/**
 * Where attention looks: the mean over the heads of `softmax(q kᵀ / √d)`, the first factor of Eq. 4.
 *
 * For explanations only: it puts a queries × keys matrix in memory, which {@linkcode attention} never does, and computes
 * every score twice. A graph in which no output needs it pays nothing.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
  wholeBlocks,
} from "../../graph/tensor.ts";
import mapSource from "./map.wgsl" with { type: "text" };
import scoresSource from "./scores.wgsl" with { type: "text" };
import sumsSource from "./sums.wgsl" with { type: "text" };

/** Attributes of {@linkcode attentionMapOperator}, as those of attention. */
export interface AttentionMapAttributes {
  /** Number of heads. */
  readonly heads: number;
  /** Channels d of a head; in memory each head is padded to whole blocks of four. */
  readonly headWidth: number;
  /** Which part of the query tensor's channels are the queries: 0 of q alone. */
  readonly queryPart: number;
  /** Which part of the context's channels are the keys: 0 of k, v. */
  readonly keyPart: number;
}

/** Options of {@linkcode attentionMap}. */
export interface AttentionMapOptions extends AttentionMapAttributes {
  /** i32 `[B, Lk]`, 0 for keys to leave out: they get 0. */
  mask?: Tensor;
}

/** Loop steps after which llvmpipe silently ends every loop of an invocation. */
const softwareLoopSteps = 65535;

/** Inputs queries `[B, Lq, Cq]`, context `[B, Lk, Ck]`, mask i32 `[B, Lk]` or null; output dense `[B, Lq, Lk]`. */
export const attentionMapOperator: Operator<AttentionMapAttributes> = {
  name: "attention_map",

  infer([queries, context, mask], { heads, headWidth, queryPart, keyPart }): TensorSpec[] {
    const refuse = (reason: string): never => {
      throw new TypeError(
        `Cannot map attention from ${formatShape(queries!.shape)} to ${
          formatShape(context!.shape)
        }: ${reason}`,
      );
    };
    if (queries!.shape.length !== 3 || context!.shape.length !== 3) {
      refuse("expected [B, Lq, C] and [B, Lk, C]");
    }
    const [B, queryCount] = queries!.shape;
    const [otherB, keyCount] = context!.shape;
    if (B !== otherB) refuse("other numbers of people, expected the same");
    if (queries === context) refuse("both are the same tensor, expected two");
    for (const { type, layout } of [queries!, context!]) {
      if (type !== "f32" || layout !== "blocked") refuse(`${layout} ${type}, expected blocked f32`);
    }
    const width = heads * wholeBlocks(headWidth);
    if (!(Number.isInteger(width) && width > 0)) {
      refuse(`${heads} heads of ${headWidth}, expected whole numbers`);
    }
    if (
      (queryPart + 1) * width > channelCount(queries!) || (keyPart + 1) * width > channelCount(context!)
    ) refuse(`expected ${width} channels each for queries and keys`);
    if (mask && (mask.type !== "i32" || formatShape(mask.shape) !== formatShape([B, keyCount]))) {
      refuse(
        `mask ${mask.type} ${formatShape(mask.shape)}, expected i32 ${formatShape([B, keyCount])}`,
      );
    }
    return [{ shape: [B, queryCount, keyCount], layout: "dense" }];
  },

  lower(node: Node<AttentionMapAttributes>, lowering: Lowering): void {
    const [queries, context, mask] = node.inputs;
    const { heads, headWidth, queryPart, keyPart } = node.attributes;
    const [, queryCount, keyCount] = node.outputs[0].shape;
    const rows = rowCount(queries!);
    const headBlocks = wholeBlocks(headWidth) / 4;
    const steps = Math.ceil(keyCount / 4) * (headBlocks + 2) + 1;
    if (lowering.traits.software && steps > softwareLoopSteps) {
      throw new RangeError(
        `Cannot map attention to ${keyCount} keys with heads of ${headWidth} channels on a software adapter, ` +
          `expected at most ${4 * Math.floor((softwareLoopSteps - 1) / (headBlocks + 2))} keys`,
      );
    }
    const statistics = lowering.scratch({ shape: [heads * rows * 2], layout: "dense" });
    const common = [
      lowering.buffer(queries!),
      lowering.buffer(context!),
      mask ? lowering.buffer(mask) : lowering.unused(),
      lowering.buffer(statistics),
    ];
    const dims = lowering.uniform([
      rows,
      queryCount,
      keyCount,
      heads,
      headBlocks,
      queryPart * heads * headBlocks,
      keyPart * heads * headBlocks,
      rowStride(queries!),
      rowStride(context!),
      mask ? 1 : 0,
      { f32: 1 / Math.sqrt(headWidth) },
    ]);
    lowering.dispatch({
      shader: { name: "attention_map/sums", source: scoresSource + sumsSource },
      bindings: [...common, dims],
      workgroups: [Math.ceil(rows / 64), heads],
    });
    lowering.dispatch({
      shader: { name: "attention_map/map", source: scoresSource + mapSource },
      bindings: [...common, lowering.buffer(node.outputs[0]), dims],
      workgroups: [Math.ceil(rows / 64), Math.ceil(keyCount / 4)],
    });
  },

  onnx(node: Node<AttentionMapAttributes>, exporter: OnnxExporter): void {
    const [queries, context, mask] = node.inputs;
    const { heads, headWidth, queryPart, keyPart } = node.attributes;
    const width = heads * headWidth;
    const part = (tensor: Tensor, index: number, perm: readonly number[]): string => {
      const slice = exporter.node("Slice", [
        exporter.value(tensor),
        exporter.integers([index * width]),
        exporter.integers([(index + 1) * width]),
        exporter.integers([2]),
      ]);
      const split = exporter.node("Reshape", [slice, exporter.integers([0, 0, heads, headWidth])]);
      return exporter.node("Transpose", [split], { perm });
    };
    const q = part(queries!, queryPart, [0, 2, 1, 3]);
    const k = part(context!, keyPart, [0, 2, 3, 1]);
    const scaled = exporter.node("Mul", [q, exporter.floats([1 / Math.sqrt(headWidth)], [])]);
    let scores = exporter.node("MatMul", [scaled, k]);
    if (!mask) {
      const shares = exporter.node("Softmax", [scores], { axis: -1 });
      exporter.bind(node.outputs[0], exporter.node("ReduceMean", [shares], { axes: [1], keepdims: 0 }));
      return;
    }
    const kept = exporter.node("Unsqueeze", [
      exporter.node("Cast", [exporter.value(mask)], { to: 1 }),
      exporter.integers([1]),
    ]);
    const left = exporter.node("Unsqueeze", [
      exporter.node("Sub", [exporter.floats([1], []), kept]),
      exporter.integers([1]),
    ]);
    scores = exporter.node("Add", [scores, exporter.node("Mul", [left, exporter.floats([-1e30], [])])]);
    const shares = exporter.node("Softmax", [scores], { axis: -1 });
    const mean = exporter.node("ReduceMean", [shares], { axes: [1], keepdims: 0 });
    // softmax over keys that are all left out is even; here it is nothing
    exporter.bind(node.outputs[0], exporter.node("Mul", [mean, kept]));
  },
};

/**
 * Adds the map of where a cross-attention looks.
 *
 * @param graph The graph.
 * @param tensors Queries `[B, Lq, C]` and context `[B, Lk, C]`, blocked, each head padded to whole blocks: the same as for
 * attention.
 * @param options Heads, parts and mask.
 * @returns Dense `[B, Lq, Lk]`: for each query its share of attention on each key; rows sum to 1, or to 0 where every key
 * is left out.
 * @throws {TypeError} When shapes do not fit.
 */
export function attentionMap(
  graph: Graph,
  tensors: { queries: Tensor; context: Tensor },
  options: AttentionMapOptions,
): Tensor {
  const { mask = null, ...attributes } = options;
  return graph.add(attentionMapOperator, [tensors.queries, tensors.context, mask], attributes)[0];
}
