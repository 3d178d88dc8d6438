/** Operators that read singles beside halves, as tokens that grow are kept: what they give is that of a single plan. */
import type { Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { activation } from "../../kernels/activation/activation.ts";
import { addPosition } from "../../kernels/add_position/add_position.ts";
import { attention, attentionVariants } from "../../kernels/attention/attention.ts";
import { attentionMap } from "../../kernels/attention_map/attention_map.ts";
import { convolution } from "../../kernels/convolution/convolution.ts";
import { cosineCost } from "../../kernels/cosine_cost/cosine_cost.ts";
import { deconvolution } from "../../kernels/deconvolution/deconvolution.ts";
import { flipHeatmaps } from "../../kernels/flip_heatmaps/flip_heatmaps.ts";
import { gather } from "../../kernels/gather/gather.ts";
import { layerNorm } from "../../kernels/layer_norm/layer_norm.ts";
import { linear } from "../../kernels/linear/linear.ts";
import { maskedMean } from "../../kernels/masked_mean/masked_mean.ts";
import { concatenate } from "../../kernels/rearrange/concatenate.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { slice } from "../../kernels/rearrange/slice.ts";
import { upsample } from "../../kernels/upsample/upsample.ts";
import { assertClose, halfBound } from "../support/compare.ts";
import { testHalf } from "../support/precisions.ts";
import { normals } from "../support/random.ts";
import { blockedInput, denseOutput, runGraph } from "../support/run_graph.ts";

/** Operands: maps `[2, 3, 5, 8]`, tokens `[2, 15, 8]`; weights `[2, 15]` and item numbers `[2, 1]`. */
interface Operands {
  map: Tensor;
  tokens: Tensor;
  /** Halves; the others are singles. */
  others: Tensor;
  weights: Tensor;
  items: Tensor;
}

const mapShape = [2, 3, 5, 8];
const tokenShape = [2, 15, 8];
const flat = { heads: 2, headWidth: 4, queryPart: 0, keyPart: 0 };

const operators: Record<string, (graph: Graph, operands: Operands) => Tensor> = {
  activation: (graph, { tokens }) => activation(graph, tokens, { kind: "gelu" }),
  addPosition: (graph, { tokens }) => addPosition(graph, tokens, { axis: 1 }),
  attentionMap: (graph, { tokens, others }) =>
    attentionMap(graph, { queries: tokens, context: others }, flat),
  concatenate: (graph, { tokens, others }) => concatenate(graph, [tokens, others], 1),
  "convolution 1 × 1": (graph, { map }) => convolution(graph, map, { channels: 5, kernelSize: 1 }),
  "convolution 3 × 3": (graph, { map }) => convolution(graph, map, { channels: 5, kernelSize: 3 }),
  cosineCost: (graph, { tokens, others }) => cosineCost(graph, tokens, others),
  deconvolution: (graph, { map }) =>
    deconvolution(graph, map, { channels: 5, epsilon: 1e-3, name: "d", batchNorm: "b" }),
  flipHeatmaps: (graph, { map }) => flipHeatmaps(graph, map, { flipPairs: [[0, 3], [1, 6]] }),
  gather: (graph, { map, items }) =>
    gather(graph, rearrange(graph, map, { pattern: "(u i) h w c -> u i (h w) c", sizes: { i: 1 } }), items),
  maskedMean: (graph, { tokens, weights }) => maskedMean(graph, tokens, { weights }),
  slice: (graph, { tokens }) => slice(graph, tokens, { axis: 2, start: 3, length: 5 }),
  upsample: (graph, { map }) => upsample(graph, map, { factor: 2 }),
};
for (const variant of ["texture", "workgroup"] as const) {
  operators[`layerNorm ${variant}`] = (graph, { tokens }) =>
    layerNorm(graph, tokens, { epsilon: 1e-6, variant });
}
for (const variant of ["texture", "tile"] as const) {
  operators[`linear ${variant}`] = (graph, { tokens }) => linear(graph, tokens, { columns: 5, variant });
  operators[`linear ${variant} and residual`] = (graph, { tokens, others }) =>
    linear(graph, tokens, { columns: 8, residual: others, variant });
}
for (const variant of attentionVariants) {
  operators[`attention ${variant}`] = (graph, { tokens, others }) =>
    attention(graph, { queries: tokens, context: others }, { ...flat, valuePart: 0, axis: 1, variant });
}

/** An input that is kept in single precision in any plan. */
function preciseInput(graph: Graph, name: string, shape: readonly number[]): Tensor {
  return graph.module(name, () => addPosition(graph, blockedInput(graph, name, shape), { axis: 0 }));
}

for (const [name, apply] of Object.entries(operators)) {
  testHalf(`${name} of singles beside halves`, async () => {
    const build = (graph: Graph) => {
      const operands = {
        map: preciseInput(graph, "map", mapShape),
        tokens: preciseInput(graph, "tokens", tokenShape),
        others: blockedInput(graph, "others", tokenShape),
        weights: graph.input("weights", [2, 15]),
        items: graph.input("items", [2, 1], "i32"),
      };
      denseOutput(graph, "y", apply(graph, operands));
    };
    const inputs = {
      map: normals(240, 1),
      tokens: normals(240, 2),
      others: normals(240, 3),
      weights: normals(30, 4).map(Math.abs),
      items: Int32Array.of(1, 0),
    };
    const zeros = new Float32Array(16);
    const parameters = {
      ...{ "map.position_embedding": zeros, "tokens.position_embedding": zeros },
      ...{ position_embedding: normals(120, 5), weight: normals(360, 6), bias: normals(8, 7) },
      ...{ "d.weight": normals(640, 8), "b.weight": normals(5, 9), "b.bias": normals(5, 10) },
      ...{ "b.running_mean": normals(5, 11), "b.running_var": new Float32Array(5).fill(1) },
    };
    const { y } = await runGraph(build, { inputs, parameters, dtype: "f16" });
    const { y: expected } = await runGraph(build, { inputs, parameters });
    assertClose(y, expected, halfBound(expected));
  });
}
