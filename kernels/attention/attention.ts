/**
 * Multi-head scaled dot-product attention along a named axis (Eq. 4's softmax term; self and cross), with an
 * optional key mask and an online softmax: no queries × keys matrix is ever in memory.
 */
import type { DeviceTraits } from "../../gpu/device.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  channelCount,
  elementCount,
  formatShape,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import dimsSource from "./dims.wgsl" with { type: "text" };
import sliceSource from "./slice.wgsl" with { type: "text" };
import textureSource from "./texture.wgsl" with { type: "text" };

/** The variants of the attention kernel. */
export type AttentionVariant = "texture" | "slice";

/** Attributes of {@linkcode attentionOperator}. */
export interface AttentionAttributes {
  /** Number of heads. */
  readonly heads: number;
  /** Channels of all heads together: the output's channels. */
  readonly width: number;
  /** Axis along which positions attend to each other: 1 in `[B, N, D]`, 1 or 2 in `[B, F, M, D]`. */
  readonly axis: number;
  /** First channel of the queries in the query tensor. */
  readonly queryChannel: number;
  /** First channel of the keys in the context tensor. */
  readonly keyChannel: number;
  /** First channel of the values in the context tensor. */
  readonly valueChannel: number;
  /** Which kernel; the expected fastest when absent. */
  readonly variant?: AttentionVariant;
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions extends AttentionAttributes {
  /** i32 `[B, keys]`, 0 for keys to leave out. A query whose keys are all left out gets 0. */
  mask?: Tensor;
}

interface Extents {
  outer: number;
  queries: number;
  keys: number;
  inner: number;
  headBlocks: number;
}

/** Head widths up to this many blocks of four fit the texture kernel's registers. */
const maxTextureHeadBlocks = 32;
const sliceBlocks = 16;

/** Inputs queries `[…, Lq, …, Cq]`, context `[…, Lk, …, Ck]`, mask i32 `[B, Lk]` or null; output `[…, Lq, …, width]`. */
export const attentionOperator: Operator<AttentionAttributes> = {
  name: "attention",

  infer([queries, context, mask], attributes): TensorSpec[] {
    const { heads, width, axis, queryChannel, keyChannel, valueChannel } = attributes;
    const refuse = (reason: string): never => {
      throw new TypeError(
        `Cannot attend from ${formatShape(queries!.shape)} to ${formatShape(context!.shape)}: ${reason}`,
      );
    };
    if (width % heads !== 0 || (width / heads) % 4 !== 0) {
      refuse(`${width} channels in ${heads} heads, expected a multiple of 4 each`);
    }
    if ([queryChannel, keyChannel, valueChannel].some((channel) => channel % 4 !== 0)) {
      refuse("channels start between blocks of four");
    }
    if (
      queryChannel + width > channelCount(queries!) ||
      Math.max(keyChannel, valueChannel) + width > channelCount(context!)
    ) refuse(`expected ${width} channels for queries, keys and values`);
    const other = (tensor: Tensor) => formatShape(tensor.shape.slice(0, -1).toSpliced(axis, 1));
    if (other(queries!) !== other(context!)) refuse("the axes that do not attend differ");
    if (mask) {
      const wanted = [context!.shape[0], context!.shape[axis]];
      if (axis !== 1 || context!.shape.length !== 3 || formatShape(mask.shape) !== formatShape(wanted)) {
        refuse(`mask ${formatShape(mask.shape)}, expected ${formatShape(wanted)} over axis 1 of three`);
      }
    }
    return [{ shape: [...queries!.shape.slice(0, -1), width] }];
  },

  lower(node: Node<AttentionAttributes>, lowering: Lowering): void {
    const extents = measure(node);
    const variant = node.attributes.variant ?? attentionVariant(lowering.traits, extents.headBlocks);
    (variant === "texture" ? lowerTexture : lowerSlice)(node, lowering, extents);
  },

  onnx(node: Node<AttentionAttributes>, exporter: OnnxExporter): void {
    const [queries, context, mask] = node.inputs;
    const { heads, width, axis, queryChannel, keyChannel, valueChannel } = node.attributes;
    const rank = queries!.shape.length;
    // [.., L, .., D] to [.., heads, L, d]: the attending axis goes last but one, the heads before it.
    const rest = Array.from({ length: rank - 1 }, (_, i) => i).filter((i) => i !== axis);
    const perm = [...rest, rank - 1, axis, rank];
    const back = perm.map((_, i) => perm.indexOf(i));
    const keep = new Array(rank - 1).fill(0);
    const part = (tensor: Tensor, start: number): string => {
      const slice = channelCount(tensor) === width ? exporter.value(tensor) : exporter.node("Slice", [
        exporter.value(tensor),
        exporter.integers([start]),
        exporter.integers([start + width]),
        exporter.integers([-1]),
      ]);
      const split = exporter.node("Reshape", [slice, exporter.integers([...keep, heads, width / heads])]);
      return exporter.node("Transpose", [split], { perm });
    };
    const q = part(queries!, queryChannel);
    const k = part(context!, keyChannel);
    const v = part(context!, valueChannel);
    const lastTwo = [...rest.map((i) => rest.indexOf(i)), rank - 2, rank, rank - 1];
    const scaled = exporter.node("Mul", [q, exporter.floats([1 / Math.sqrt(width / heads)], [])]);
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
};

/**
 * Adds attention.
 *
 * @param graph The graph.
 * @param queries Blocked; `width` channels from `queryChannel` are the queries. Self attention gives the same tensor twice.
 * @param context Blocked; keys from `keyChannel`, values from `valueChannel`.
 * @param options Heads, channels, the axis and the mask.
 * @returns Blocked, of the queries' shape with `width` channels.
 * @throws {TypeError} When shapes do not fit.
 */
export function attention(
  graph: Graph,
  { queries, context }: { queries: Tensor; context: Tensor },
  options: AttentionOptions,
): Tensor {
  const { mask = null, ...attributes } = options;
  return graph.add(attentionOperator, [queries, context, mask], attributes)[0];
}

function attentionVariant(traits: DeviceTraits, headBlocks: number): AttentionVariant {
  return traits.software && headBlocks <= maxTextureHeadBlocks ? "texture" : "slice";
}

function measure(
  { inputs: [queries, context], attributes: { axis, heads, width } }: Node<AttentionAttributes>,
): Extents {
  return {
    outer: elementCount(queries!.shape.slice(0, axis)),
    queries: queries!.shape[axis],
    keys: context!.shape[axis],
    inner: elementCount(queries!.shape.slice(axis + 1, -1)),
    headBlocks: width / heads / 4,
  };
}

function dims(node: Node<AttentionAttributes>, extents: Extents, part: { first: number; outer: number }) {
  const { inputs: [queries, context, mask], attributes } = node;
  return [
    part.outer,
    extents.queries,
    extents.keys,
    extents.inner,
    attributes.queryChannel / 4,
    attributes.keyChannel / 4,
    attributes.valueChannel / 4,
    mask ? 1 : 0,
    rowStride(node.outputs[0]),
    rowStride(queries!),
    rowStride(context!),
    extents.headBlocks,
    part.first,
    part.first * extents.queries * extents.inner,
    { f32: 1 / Math.sqrt(extents.headBlocks * 4) },
  ];
}

function lowerTexture(node: Node<AttentionAttributes>, lowering: Lowering, extents: Extents): void {
  const [queries, context, mask] = node.inputs;
  const { outer, queries: n_queries, keys: n_keys, inner, headBlocks } = extents;
  // A texture holds a limited number of rows; whole sequences go together.
  const chunk = Math.floor((lowering.traits.maxTextureExtent - 1) / (Math.max(n_queries, n_keys) * inner));
  if (chunk < 1) return lowerSlice(node, lowering, extents);
  for (let first = 0; first < outer; first += chunk) {
    const part = { first, outer: Math.min(chunk, outer - first) };
    const rows = (length: number) => ({
      start: first * length * inner,
      count: part.outer * length * inner,
    });
    lowering.dispatch({
      shader: {
        name: "attention/texture",
        source: dimsSource + textureSource,
        defines: { HEAD_BLOCKS: headBlocks },
      },
      bindings: [
        lowering.texture(queries!, rows(n_queries)),
        lowering.texture(context!, rows(n_keys)),
        mask ? lowering.buffer(mask) : lowering.unused(),
        lowering.buffer(node.outputs[0]),
        lowering.uniform(dims(node, extents, part)),
      ],
      workgroups: [Math.ceil(part.outer * Math.ceil(n_queries / 4) * inner / 8), node.attributes.heads],
    });
  }
}

function lowerSlice(node: Node<AttentionAttributes>, lowering: Lowering, extents: Extents): void {
  const [queries, context, mask] = node.inputs;
  const { outer, queries: n_queries, inner, headBlocks } = extents;
  const self = queries === context;
  lowering.dispatch({
    shader: {
      name: self ? "attention/slice, self" : "attention/slice",
      source: `const SELF = ${self};\n${dimsSource}${sliceSource}`,
      defines: { SLICE_BLOCKS: Math.min(sliceBlocks, headBlocks) },
    },
    bindings: [
      lowering.buffer(queries!),
      self ? lowering.unused() : lowering.buffer(context!),
      mask ? lowering.buffer(mask) : lowering.unused(),
      lowering.buffer(node.outputs[0]),
      lowering.uniform(dims(node, extents, { first: 0, outer })),
    ],
    workgroups: [
      Math.ceil(outer * n_queries * inner / 64),
      node.attributes.heads,
      Math.ceil(headBlocks / sliceBlocks),
    ],
  });
}
