/**
 * Multi-head scaled dot-product attention along a named axis (Eq. 4's softmax term; self and cross), with an
 * optional key mask and an online softmax: no queries × keys matrix is ever in memory.
 */
import { type DeviceTraits, vectorLanes } from "../../gpu/device.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  channelCount,
  formatShape,
  rowStride,
  type Tensor,
  type TensorSpec,
  wholeBlocks,
} from "../../graph/tensor.ts";
import { attentionGradient } from "./attention_gradient.ts";
import { type AttentionExtents as Extents, measureAttention } from "./extents.ts";
import dimsSource from "./dims.wgsl" with { type: "text" };
import sliceSource from "./slice.wgsl" with { type: "text" };
import textureSource from "./texture.wgsl" with { type: "text" };
import tileSource from "./tile.wgsl" with { type: "text" };

/** The variants of the attention kernel. */
export type AttentionVariant = "texture" | "tile" | "slice";

/** All variants, for tests and measurements. */
export const attentionVariants: readonly AttentionVariant[] = ["texture", "tile", "slice"];

/** Attributes of {@linkcode attentionOperator}. */
export interface AttentionAttributes {
  /** Number of heads. */
  readonly heads: number;
  /** Channels d of a head; in memory each head is padded to whole blocks of four. */
  readonly headWidth: number;
  /** Axis along which positions attend to each other: 1 in `[B, N, D]`, 1 or 2 in `[B, F, M, D]`. */
  readonly axis: number;
  /** Which part of the query tensor's channels are the queries: 0 of q alone, 0 of q, k, v. */
  readonly queryPart: number;
  /** Which part of the context's channels are the keys: 0 of k, v; 1 of q, k, v. */
  readonly keyPart: number;
  /** Which part of the context's channels are the values: 1 of k, v; 2 of q, k, v. */
  readonly valuePart: number;
  /** Which kernel; the expected fastest when absent. */
  readonly variant?: AttentionVariant;
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions extends AttentionAttributes {
  /** i32 `[B, keys]`, 0 for keys to leave out. A query whose keys are all left out gets 0. */
  mask?: Tensor;
}

/** Head widths up to this many blocks of four fit the registers of `texture.wgsl`, the workgroup memory of `tile.wgsl`. */
const maxHeadBlocks = 32;
/** Output blocks of an invocation in `slice.wgsl`. */
const sliceBlocks = 16;
/** Queries of a workgroup in `tile.wgsl`. */
const tileQueries = 64;

/**
 * Inputs queries `[…, Lq, …, Cq]`, context `[…, Lk, …, Ck]`, mask i32 `[B, Lk]` or null; output
 * `[…, Lq, …, heads · padded head width]`.
 */
export const attentionOperator: Operator<AttentionAttributes> = {
  name: "attention",

  infer([queries, context, mask], attributes): TensorSpec[] {
    const { heads, headWidth, axis, queryPart, keyPart, valuePart } = attributes;
    const refuse = (reason: string): never => {
      throw new TypeError(
        `Cannot attend from ${formatShape(queries!.shape)} to ${formatShape(context!.shape)}: ${reason}`,
      );
    };
    const width = heads * wholeBlocks(headWidth);
    if (!(Number.isInteger(width) && width > 0)) {
      refuse(`${heads} heads of ${headWidth}, expected whole numbers`);
    }
    if (
      (queryPart + 1) * width > channelCount(queries!) ||
      (Math.max(keyPart, valuePart) + 1) * width > channelCount(context!)
    ) refuse(`expected ${width} channels each for queries, keys and values`);
    const other = (tensor: Tensor) => formatShape(tensor.shape.slice(0, -1).toSpliced(axis, 1));
    if (other(queries!) !== other(context!)) refuse("the axes that do not attend differ");
    if (mask) {
      const wanted = [context!.shape[0], context!.shape[axis]];
      if (axis !== 1 || context!.shape.length !== 3 || formatShape(mask.shape) !== formatShape(wanted)) {
        refuse(`mask ${formatShape(mask.shape)}, expected ${formatShape(wanted)} over axis 1 of three`);
      }
    }
    // One head's padding stands at the end, where every blocked tensor has its own.
    return [{ shape: [...queries!.shape.slice(0, -1), heads === 1 ? headWidth : width] }];
  },

  lower(node: Node<AttentionAttributes>, lowering: Lowering): void {
    const extents = measureAttention(node.inputs[0]!, node.inputs[1]!, node.attributes);
    const { outer, queries, keys, inner, headBlocks } = extents;
    const { heads, variant } = node.attributes;
    const chosen = variant ?? lowering.choose(
      `attention ${heads} × ${headBlocks * 4}, ${outer} × ${queries} to ${keys} × ${inner}`,
      attentionCandidates(lowering.traits, extents),
    );
    if (chosen === "texture") lowerTexture(node, lowering, extents);
    else lowerBuffers(node, lowering, { extents, variant: chosen });
  },

  onnx(node: Node<AttentionAttributes>, exporter: OnnxExporter): void {
    const [queries, context, mask] = node.inputs;
    const { heads, headWidth, axis, queryPart, keyPart, valuePart } = node.attributes;
    const width = heads * headWidth;
    const rank = queries!.shape.length;
    // [.., L, .., D] to [.., heads, L, d]: the attending axis goes last but one, the heads before it.
    const rest = Array.from({ length: rank - 1 }, (_, i) => i).filter((i) => i !== axis);
    const perm = [...rest, rank - 1, axis, rank];
    const back = perm.map((_, i) => perm.indexOf(i));
    const keep = new Array(rank - 1).fill(0);
    const part = (tensor: Tensor, index: number): string => {
      const slice = exporter.node("Slice", [
        exporter.value(tensor),
        exporter.integers([index * width]),
        exporter.integers([(index + 1) * width]),
        exporter.integers([-1]),
      ]);
      const split = exporter.node("Reshape", [slice, exporter.integers([...keep, heads, headWidth])]);
      return exporter.node("Transpose", [split], { perm });
    };
    const q = part(queries!, queryPart);
    const k = part(context!, keyPart);
    const v = part(context!, valuePart);
    const lastTwo = [...rest.map((i) => rest.indexOf(i)), rank - 2, rank, rank - 1];
    const scaled = exporter.node("Mul", [q, exporter.floats([1 / Math.sqrt(headWidth)], [])]);
    let scores = exporter.node("MatMul", [scaled, exporter.node("Transpose", [k], { perm: lastTwo })]);
    if (mask) {
      const kept = exporter.node("Cast", [exporter.value(mask)], { to: 1 });
      const left = exporter.node("Sub", [exporter.floats([1], []), kept]);
      const added = exporter.node("Mul", [left, exporter.floats([-1e30], [])]);
      scores = exporter.node("Add", [scores, exporter.node("Unsqueeze", [added, exporter.integers([1, 2])])]);
    }
    const shares = exporter.node("Softmax", [scores], { axis: -1 });
    const mixed = exporter.node("Transpose", [exporter.node("MatMul", [shares, v])], { perm: back });
    exporter.bind(node.outputs[0], exporter.node("Reshape", [mixed, exporter.integers([...keep, width])]));
  },

  gradient(node: Node<AttentionAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    return attentionGradient(node, d_y!, graph);
  },
};

/**
 * Adds attention.
 *
 * @param graph The graph.
 * @param tensors Queries and context, blocked, each head padded to whole blocks; self attention gives one tensor twice.
 * @param options Heads, parts, the axis and the mask.
 * @returns Blocked, of the queries' shape with the channels of all heads.
 * @throws {TypeError} When shapes do not fit.
 */
export function attention(
  graph: Graph,
  tensors: { queries: Tensor; context: Tensor },
  options: AttentionOptions,
): Tensor {
  const { mask = null, ...attributes } = options;
  return graph.add(attentionOperator, [tensors.queries, tensors.context, mask], attributes)[0];
}

/** Queries of an invocation of `texture.wgsl`; twelve take the driver four times as long to compile. */
const queryGroups = { few: 4, many: 12 };
/** Products of a query and a key, from which on that time pays; heads up to this many blocks of four. */
const manyPay = { products: 2 ** 18, headBlocks: 16 };
/** What the keys of a step cost to load, in queries. */
const keyLoads = 11;

/**
 * How many queries an invocation of the texture kernel takes: each key is loaded once for all of them, but lanes idle
 * where there are few invocations.
 */
export function queriesOfInvocation(
  { outer, queries, keys, inner, headBlocks }: Extents,
  heads: number,
): number {
  const { few, many } = queryGroups;
  const pays = outer * inner * queries * keys * heads >= manyPay.products;
  if (!pays || headBlocks > manyPay.headBlocks) return few;
  const cost = (each: number) =>
    Math.ceil(outer * Math.ceil(queries / each) * inner / vectorLanes) * (keyLoads + each);
  return cost(many) < cost(few) ? many : few;
}

/** The variants that are worth timing on a device, the one that is expected to be the fastest first. */
export function attentionCandidates(
  traits: DeviceTraits,
  { queries, headBlocks }: Pick<Extents, "queries" | "headBlocks">,
): AttentionVariant[] {
  if (headBlocks > maxHeadBlocks) return ["slice"];
  if (traits.software) return ["texture", "slice"];
  // With few queries (along the frames) most invocations of a tile would idle.
  return queries * 2 > tileQueries ? ["tile", "slice"] : ["slice", "tile"];
}

function dims(node: Node<AttentionAttributes>, extents: Extents, part: { first: number; outer: number }) {
  const { inputs: [queries, context], attributes } = node;
  const partBlocks = attributes.heads * extents.headBlocks;
  return [
    part.outer,
    extents.queries,
    extents.keys,
    extents.inner,
    attributes.queryPart * partBlocks,
    attributes.keyPart * partBlocks,
    attributes.valuePart * partBlocks,
    rowStride(node.outputs[0]),
    rowStride(queries!),
    rowStride(context!),
    extents.headBlocks,
    part.first,
    part.first * extents.queries * extents.inner,
    { f32: 1 / Math.sqrt(attributes.headWidth) },
  ];
}

function lowerTexture(node: Node<AttentionAttributes>, lowering: Lowering, extents: Extents): void {
  const [queries, context, mask] = node.inputs;
  const { outer, queries: n_queries, keys: n_keys, inner, headBlocks } = extents;
  // A texture holds a limited number of rows; whole sequences go together.
  const each = queriesOfInvocation(extents, node.attributes.heads);
  const chunk = Math.floor((lowering.traits.maxTextureExtent - 1) / (Math.max(n_queries, n_keys) * inner));
  if (chunk < 1) return lowerBuffers(node, lowering, { extents, variant: "slice" });
  for (let first = 0; first < outer; first += chunk) {
    const part = { first, outer: Math.min(chunk, outer - first) };
    const rows = (length: number) => ({
      start: first * length * inner,
      count: part.outer * length * inner,
    });
    lowering.dispatch({
      shader: {
        name: `attention/texture${mask ? ", masked" : ""}`,
        source: `const HAS_MASK = ${Boolean(mask)};\n${dimsSource}${textureSource}`,
        defines: { HEAD_BLOCKS: headBlocks, QUERIES: each, LANES: vectorLanes },
      },
      bindings: [
        lowering.texture(queries!, rows(n_queries)),
        lowering.texture(context!, rows(n_keys)),
        mask ? lowering.buffer(mask) : lowering.unused(),
        lowering.buffer(node.outputs[0]),
        lowering.uniform(dims(node, extents, part)),
      ],
      workgroups: [
        Math.ceil(part.outer * Math.ceil(n_queries / each) * inner / vectorLanes),
        node.attributes.heads,
      ],
    });
  }
}

function lowerBuffers(
  node: Node<AttentionAttributes>,
  lowering: Lowering,
  { extents, variant }: { extents: Extents; variant: "tile" | "slice" },
): void {
  const [queries, context, mask] = node.inputs;
  const { outer, queries: n_queries, inner, headBlocks } = extents;
  const self = queries === context;
  const source = variant === "tile" ? tileSource : sliceSource;
  lowering.dispatch({
    shader: {
      name: `attention/${variant}${self ? ", self" : ""}${mask ? ", masked" : ""}`,
      source: `const SELF = ${self};\nconst HAS_MASK = ${Boolean(mask)};\n${dimsSource}${source}`,
      defines: variant === "tile"
        ? { HEAD_BLOCKS: headBlocks }
        : { SLICE_BLOCKS: Math.min(sliceBlocks, headBlocks) },
    },
    bindings: [
      lowering.buffer(queries!),
      self ? lowering.unused() : lowering.buffer(context!),
      mask ? lowering.buffer(mask) : lowering.unused(),
      lowering.buffer(node.outputs[0]),
      lowering.uniform(dims(node, extents, { first: 0, outer })),
    ],
    workgroups: variant === "tile"
      ? [outer * Math.ceil(n_queries / tileQueries) * inner, node.attributes.heads]
      : [
        Math.ceil(outer * n_queries * inner / 64),
        node.attributes.heads,
        Math.ceil(headBlocks / sliceBlocks),
      ],
  });
}
