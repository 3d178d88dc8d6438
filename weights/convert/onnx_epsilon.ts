import type { onnx } from "onnx-proto";

/**
 * Epsilon of the layer normalisations of an ONNX graph, where the graph has them as nodes.
 *
 * @param graph The graph.
 * @returns The epsilon, to six digits (the file holds float32), or undefined when there is none or they differ.
 */
export function onnxEpsilon(graph: onnx.IGraphProto): number | undefined {
  const found = new Set<number>();
  for (const node of graph.node ?? []) {
    if (node.opType !== "LayerNormalization") continue;
    const epsilon = node.attribute?.find(({ name }) => name === "epsilon")?.f ?? 1e-5;
    found.add(Number(epsilon.toPrecision(6)));
  }
  return found.size === 1 ? [...found][0] : undefined;
}
