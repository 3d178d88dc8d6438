/**
 * Bilinear enlargement of a feature map by a whole factor, with pixel centres aligned (PyTorch's
 * `align_corners=False`, ONNX's `half_pixel`) and edges repeated; ReLU on its input can be fused:
 * `y[i, j] = Σ of the 2 × 2 pixels of relu(x) around ((i + ½) / factor − ½, (j + ½) / factor − ½)`.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { blockCount, formatShape, rowStride, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { activation } from "../activation/activation.ts";
import gradientSource from "./gradient.wgsl" with { type: "text" };
import source from "./upsample.wgsl" with { type: "text" };

/** Attributes of {@linkcode upsampleOperator}. */
export interface UpsampleAttributes {
  /** Enlargement along both axes, a whole number. */
  readonly factor: number;
  /** Whether ReLU comes first. */
  readonly relu: boolean;
}

/** Options of {@linkcode upsample}. */
export interface UpsampleOptions {
  /**
   * Enlargement along both axes, a whole number.
   *
   * @default {4}
   */
  factor?: number;
  /**
   * Whether ReLU comes first.
   *
   * @default {false}
   */
  relu?: boolean;
}

/** Input blocked `[B, h, w, C]`; output blocked `[B, factor·h, factor·w, C]`. */
export const upsampleOperator: Operator<UpsampleAttributes> = {
  name: "upsample",

  infer([x], { factor }): TensorSpec[] {
    if (x!.shape.length !== 4 || x!.layout !== "blocked") {
      throw new TypeError(
        `Cannot upsample ${x!.layout} ${formatShape(x!.shape)}: expected blocked [B, h, w, C]`,
      );
    }
    if (!Number.isSafeInteger(factor) || factor < 1) {
      throw new TypeError(`Cannot upsample by ${factor}: expected a whole number of at least 1`);
    }
    const [B, height, width, C] = x!.shape;
    return [{ shape: [B, factor * height, factor * width, C] }];
  },

  lower(node: Node<UpsampleAttributes>, lowering: Lowering): void {
    const [x] = node.inputs as readonly Tensor[];
    const [y] = node.outputs;
    const [B, height, width] = x.shape;
    const { factor, relu } = node.attributes;
    const n_cells = B * (height + 1) * (width + 1);
    lowering.dispatch({
      shader: { name: "upsample", source },
      bindings: [
        lowering.buffer(x),
        lowering.buffer(y),
        lowering.uniform([n_cells, rowStride(x), rowStride(y), height, width, factor, relu ? 1 : 0]),
      ],
      workgroups: [Math.ceil(n_cells / 64), blockCount(x)],
    });
  },

  onnx(node: Node<UpsampleAttributes>, exporter: OnnxExporter): void {
    const { factor, relu } = node.attributes;
    const x = exporter.value(node.inputs[0]!);
    const channelsFirst = exporter.node("Transpose", [relu ? exporter.node("Relu", [x]) : x], {
      perm: [0, 3, 1, 2],
    });
    const scales = exporter.floats([1, 1, factor, factor], [4]);
    const map = exporter.node("Resize", [channelsFirst, "", scales], {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
    });
    exporter.bind(node.outputs[0], exporter.node("Transpose", [map], { perm: [0, 2, 3, 1] }));
  },

  gradient(node: Node<UpsampleAttributes>, [d_y]: readonly (Tensor | null)[], graph: NodeBuilder) {
    const { relu, factor } = node.attributes;
    if (relu) {
      throw new TypeError(
        `Cannot differentiate upsample of ${node.path}: its ReLU is fused, expected a graph made for training`,
      );
    }
    return [graph.add(upsampleGradientOperator, [d_y], { factor, shape: node.inputs[0]!.shape })[0]];
  },
};

/** Attributes of {@linkcode upsampleGradientOperator}. */
export interface UpsampleGradientAttributes {
  /** Enlargement along both axes. */
  readonly factor: number;
  /** Extents of x. */
  readonly shape: readonly number[];
}

/** Input d_y blocked `[B, factor·h, factor·w, C]`; output d_x blocked `[B, h, w, C]`. */
export const upsampleGradientOperator: Operator<UpsampleGradientAttributes> = {
  name: "upsample_gradient",

  infer(_inputs, { shape }): TensorSpec[] {
    return [{ shape }];
  },

  lower(node: Node<UpsampleGradientAttributes>, lowering: Lowering): void {
    const d_y = node.inputs[0]!;
    const [d_x] = node.outputs;
    const [B, height, width] = d_x.shape;
    lowering.dispatch({
      shader: { name: "upsample/gradient", source: gradientSource },
      bindings: [
        lowering.buffer(d_y),
        lowering.buffer(d_x),
        lowering.uniform([
          B * height * width,
          rowStride(d_x),
          rowStride(d_y),
          height,
          width,
          node.attributes.factor,
        ]),
      ],
      workgroups: [Math.ceil(B * height * width / 64), blockCount(d_x)],
    });
  },
};

/**
 * Adds a bilinear enlargement.
 *
 * @param graph The graph.
 * @param x Blocked `[B, h, w, C]`.
 * @param options Factor, and whether ReLU comes first.
 * @returns Blocked `[B, factor·h, factor·w, C]`.
 * @throws {TypeError} When x is no feature map or the factor no whole number.
 */
export function upsample(graph: Graph, x: Tensor, options: UpsampleOptions = {}): Tensor {
  const { factor = 4, relu = false } = options;
  if (graph.training && relu) {
    return graph.add(upsampleOperator, [activation(graph, x, { kind: "relu" })], { factor, relu: false })[0];
  }
  return graph.add(upsampleOperator, [x], { factor, relu })[0];
}
