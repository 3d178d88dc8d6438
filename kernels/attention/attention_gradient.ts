/**
 * Backward of attention. With `p = softmax(q kᵀ / √d)` and `D_i = d_y_i · y_i`:
 * `d_v = pᵀ d_y`, `d_s = p ∘ (d_y vᵀ − D)`, `d_q = d_s k / √d`, `d_k = d_sᵀ q / √d`.
 *
 * Inputs and output y are kept; probabilities are computed anew from a log-sum-exp per query, never stored.
 */
import { vectorLanes } from "../../gpu/device.ts";
import type { Lowering, Node, NodeBuilder, Operator } from "../../graph/operator.ts";
import {
  channelCount,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
  wholeBlocks,
} from "../../graph/tensor.ts";
import { type AttentionExtents, type AttentionParts, measureAttention } from "./extents.ts";
import dimsSource from "./gradient_dims.wgsl" with { type: "text" };
import keysSource from "./gradient_keys.wgsl" with { type: "text" };
import keysWideSource from "./gradient_keys_wide.wgsl" with { type: "text" };
import queriesWideSource from "./gradient_queries_wide.wgsl" with { type: "text" };
import queriesSource from "./gradient_queries.wgsl" with { type: "text" };

/** Head widths up to this many blocks of four fit the registers of the narrow kernels; wide ones take any. */
const maxNarrowBlocks = 16;
/** Blocks of four that an invocation of the wide kernels makes. */
const sliceBlocks = 8;

/** Attributes of {@linkcode attentionGradientOperator}. */
export interface AttentionGradientAttributes extends AttentionParts {
  /** Whether the kernels for wide heads are taken; by the head's width when absent. */
  readonly wide?: boolean;
}

/**
 * Inputs queries, context, mask or null, y, d_y, as in the forward pass; outputs d_queries and d_context, or one tensor
 * where both are parts of the same.
 */
export const attentionGradientOperator: Operator<AttentionGradientAttributes> = {
  name: "attention_gradient",

  infer([queries, context], { heads, headWidth, queryPart, keyPart, valuePart }): TensorSpec[] {
    const width = heads * wholeBlocks(headWidth);
    const self = queries === context;
    const parts = new Set(self ? [queryPart, keyPart, valuePart] : [keyPart, valuePart]);
    const channels = (tensor: Tensor) => wholeBlocks(channelCount(tensor));
    if (
      channels(context!) !== parts.size * width || parts.size !== (self ? 3 : 2) ||
      (!self && channels(queries!) !== width)
    ) {
      throw new TypeError(
        "Cannot differentiate attention: queries, keys and values overlap or leave channels out, expected each once",
      );
    }
    return self ? [{ shape: queries!.shape }] : [{ shape: queries!.shape }, { shape: context!.shape }];
  },

  lower(node: Node<AttentionGradientAttributes>, lowering: Lowering): void {
    const [queries, context, mask, y, d_y] = node.inputs;
    const [d_queries, d_context = d_queries] = node.outputs;
    const extents = measureAttention(queries!, context!, node.attributes);
    const { outer, queries: n_queries, keys: n_keys, inner, headBlocks } = extents;
    const { heads } = node.attributes;
    const { software, maxTextureExtent } = lowering.traits;
    const LANES = software ? vectorLanes : 64;
    const wide = node.attributes.wide ?? headBlocks > maxNarrowBlocks;
    const each = wide || !software ? 1 : headBlocks <= 8 ? 4 : 2;
    const defines = wide
      ? { HEAD_BLOCKS: headBlocks, SLICE_BLOCKS: Math.min(sliceBlocks, headBlocks), LANES }
      : { HEAD_BLOCKS: headBlocks, QUERIES: each, KEYS: each, LANES };
    // A texel that is needed twice stays on the stack of a CPU; the registers of a GPU are too few for that.
    const shared = `const RELOAD = ${!software};\nconst HAS_MASK = ${Boolean(mask)};\n${dimsSource}`;
    const slices = wide ? Math.ceil(headBlocks / sliceBlocks) : 1;
    const statistics = lowering.scratch({ shape: [heads * rowCount(queries!) * 2], layout: "dense" });
    const chunk = Math.floor((maxTextureExtent - 1) / (Math.max(n_queries, n_keys) * inner));
    if (chunk < 1) {
      throw new RangeError(
        `Cannot differentiate attention over ${Math.max(n_queries, n_keys) * inner} rows, ` +
          `expected at most ${maxTextureExtent - 1}`,
      );
    }
    for (let first = 0; first < outer; first += chunk) {
      const part = { first, outer: Math.min(chunk, outer - first) };
      const rows = (tensor: Tensor, length: number) =>
        lowering.texture(tensor, { start: first * length * inner, count: part.outer * length * inner });
      const groups = (length: number) => Math.ceil(part.outer * Math.ceil(length / each) * inner / LANES);
      const dims = (written: Tensor) => lowering.uniform(attentionDims(node, { extents, part, written }));
      const maskBinding = () => mask ? lowering.buffer(mask) : lowering.unused();
      lowering.dispatch({
        shader: {
          name: wide ? "attention/gradient_queries_wide" : "attention/gradient_queries",
          source: shared + (wide ? queriesWideSource : queriesSource),
          defines,
        },
        bindings: [
          rows(queries!, n_queries),
          rows(context!, n_keys),
          rows(y!, n_queries),
          rows(d_y!, n_queries),
          maskBinding(),
          lowering.buffer(d_queries),
          lowering.buffer(statistics),
          dims(d_queries),
        ],
        workgroups: [groups(n_queries), heads, slices],
      });
      lowering.dispatch({
        shader: {
          name: wide ? "attention/gradient_keys_wide" : "attention/gradient_keys",
          source: shared + (wide ? keysWideSource : keysSource),
          defines,
        },
        bindings: [
          rows(queries!, n_queries),
          rows(context!, n_keys),
          rows(d_y!, n_queries),
          maskBinding(),
          lowering.buffer(statistics),
          lowering.buffer(d_context),
          dims(d_context),
        ],
        workgroups: [groups(n_keys), heads, slices],
      });
    }
  },
};

/** The gradient rule of attention: one entry each for queries, context and mask. */
export function attentionGradient(
  node: Node<AttentionParts>,
  d_y: Tensor,
  graph: NodeBuilder,
): (Tensor | null)[] {
  const [queries, context, mask] = node.inputs;
  const inputs = [queries, context, mask, node.outputs[0], d_y];
  const [d_queries, d_context = null] = graph.add(attentionGradientOperator, inputs, node.attributes);
  return [d_queries, d_context, null];
}

function attentionDims(
  { inputs: [queries, context], attributes }: Node<AttentionParts>,
  { extents, part, written }: {
    extents: AttentionExtents;
    part: { first: number; outer: number };
    written: Tensor;
  },
): (number | { f32: number })[] {
  const partBlocks = attributes.heads * extents.headBlocks;
  return [
    part.outer,
    extents.queries,
    extents.keys,
    extents.inner,
    (queries === context ? attributes.queryPart : 0) * partBlocks,
    attributes.keyPart * partBlocks,
    attributes.valuePart * partBlocks,
    rowStride(written),
    rowCount(queries!),
    part.first,
    part.first * extents.queries * extents.inner,
    part.first * extents.keys * extents.inner,
    { f32: 1 / Math.sqrt(attributes.headWidth) },
  ];
}
