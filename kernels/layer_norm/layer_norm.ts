/**
 * Layer normalisation over the channels:
 * `y[r, c] = (x[r, c] − mean_r) / √(variance_r + epsilon) · weight[c] + bias[c]`, with the biased variance.
 *
 * `"texture"` wins on software Vulkan, `"workgroup"` on GPUs; both run anywhere and give the same numbers.
 */
import { type DeviceTraits, vectorLanes } from "../../gpu/device.ts";
import { type PackedParameter, textureExtent } from "../../gpu/schedule.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import {
  blockCount,
  channelCount,
  formatShape,
  rowCount,
  rowStride,
  type Tensor,
  type TensorSpec,
} from "../../graph/tensor.ts";
import { packVector } from "../linear/product.ts";
import { layerNormGradientOperator } from "./layer_norm_gradient.ts";
import textureSource from "./texture.wgsl" with { type: "text" };
import workgroupSource from "./workgroup.wgsl" with { type: "text" };

/** The variants of the layer normalisation kernel. */
export type LayerNormVariant = "texture" | "workgroup";

/** Attributes of {@linkcode layerNormOperator}. */
export interface LayerNormAttributes {
  /** Added to the variance, so that a constant row does not divide by zero; positive. */
  readonly epsilon: number;
  /** Which kernel; the expected fastest when absent. */
  readonly variant?: LayerNormVariant;
}

/** Rows of a workgroup in `workgroup.wgsl`. */
const workgroupRows = 8;

/** Inputs x `[…, C]` blocked, weight `[C]`, bias `[C]`; output `[…, C]` blocked. */
export const layerNormOperator: Operator<LayerNormAttributes> = {
  name: "layer_norm",

  infer([x, weight, bias], { epsilon }): TensorSpec[] {
    const { shape, layout, type } = x!;
    const refuse = (reason: string): never => {
      throw new TypeError(`Cannot normalise ${formatShape(shape)}: ${reason}`);
    };
    if (layout !== "blocked" || type !== "f32") refuse(`${layout} ${type}, expected blocked f32`);
    for (const [name, parameter] of Object.entries({ weight: weight!, bias: bias! })) {
      const wanted = formatShape([channelCount(x!)]);
      if (formatShape(parameter.shape) !== wanted) {
        refuse(`${name} ${formatShape(parameter.shape)}, expected ${wanted}`);
      }
    }
    if (!(epsilon > 0 && epsilon < Infinity)) refuse(`epsilon ${epsilon}, expected a positive number`);
    return [{ shape }];
  },

  lower(node: Node<LayerNormAttributes>, lowering: Lowering): void {
    const variant = node.attributes.variant ?? layerNormVariant(lowering.traits, node.inputs[0]!);
    (variant === "texture" ? lowerTexture : lowerWorkgroup)(node, lowering);
  },

  /** LayerNormalization of opset 17. */
  onnx(node: Node<LayerNormAttributes>, exporter: OnnxExporter): void {
    const inputs = node.inputs.map((input) => exporter.value(input!));
    const attributes = { axis: -1, epsilon: { float: node.attributes.epsilon } };
    exporter.bind(node.outputs[0], exporter.node("LayerNormalization", inputs, attributes));
  },

  gradient(node: Node<LayerNormAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const [x, weight] = node.inputs;
    return [...graph.add(layerNormGradientOperator, [x, d_y, weight], { epsilon: node.attributes.epsilon })];
  },
};

/**
 * Adds a layer normalisation whose parameters are `weight` and `bias` below the current module.
 *
 * @param graph The graph.
 * @param x Blocked `[…, C]`.
 * @param options Epsilon, and which kernel.
 * @returns Blocked `[…, C]`.
 * @throws {TypeError} When x is not blocked or epsilon not positive.
 */
export function layerNorm(graph: Graph, x: Tensor, options: LayerNormAttributes): Tensor {
  const { epsilon, variant } = options;
  const shape = [channelCount(x)];
  const inputs = [x, graph.parameter("weight", shape), graph.parameter("bias", shape)];
  return graph.add(layerNormOperator, inputs, { epsilon, ...(variant ? { variant } : {}) })[0];
}

function layerNormVariant(traits: DeviceTraits, x: Tensor): LayerNormVariant {
  return traits.software && textureExtent(blockCount(x)) <= traits.maxTextureExtent ? "texture" : "workgroup";
}

function lowerTexture(node: Node<LayerNormAttributes>, lowering: Lowering): void {
  const [x, weight, bias] = node.inputs;
  const [y] = node.outputs;
  const n_rows = rowCount(x!);
  const chunk = lowering.traits.maxTextureExtent - 1;
  for (let start = 0; start < n_rows; start += chunk) {
    const count = Math.min(chunk, n_rows - start);
    lowering.dispatch({
      shader: { name: "layer_norm/texture", source: textureSource, defines: { LANES: vectorLanes } },
      bindings: [
        lowering.texture(x!, { start, count }),
        lowering.parameter([weight!, bias!], {
          name: "texture columns",
          binding: "texture",
          pack: packColumns,
        }),
        lowering.buffer(y),
        lowering.uniform([count, channelCount(y), rowStride(y), start, { f32: node.attributes.epsilon }]),
      ],
      workgroups: [Math.ceil(count / vectorLanes)],
    });
  }
}

function lowerWorkgroup(node: Node<LayerNormAttributes>, lowering: Lowering): void {
  const [x, weight, bias] = node.inputs;
  const [y] = node.outputs;
  const n_rows = rowCount(x!);
  lowering.dispatch({
    shader: { name: "layer_norm/workgroup", source: workgroupSource },
    bindings: [
      lowering.buffer(x!),
      lowering.parameter([weight!], { name: "vector", pack: ([values]) => packVector(values) }),
      lowering.parameter([bias!], { name: "vector", pack: ([values]) => packVector(values) }),
      lowering.buffer(y),
      lowering.uniform([
        n_rows,
        channelCount(y),
        rowStride(x!),
        rowStride(y),
        { f32: node.attributes.epsilon },
      ]),
    ],
    workgroups: [Math.ceil(n_rows / workgroupRows)],
  });
}

/** Texel (i, block) = four channels of the i-th vector. */
function packColumns(vectors: readonly Float32Array[]): PackedParameter {
  const width = textureExtent(vectors.length);
  const height = textureExtent(Math.ceil(vectors[0].length / 4));
  const data = new Float32Array(width * height * 4);
  for (const [i, vector] of vectors.entries()) {
    for (const [c, value] of vector.entries()) data[((c >> 2) * width + i) * 4 + (c & 3)] = value;
  }
  return { kind: "texture", data, width, height };
}
