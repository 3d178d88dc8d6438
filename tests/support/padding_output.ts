/** Reads the padding of a blocked tensor's last block, which operators must write as zeros. */
import type { Graph } from "../../graph/graph.ts";
import type { Operator } from "../../graph/operator.ts";
import { blockCount, channelCount, rowCount, rowStride, type Tensor } from "../../graph/tensor.ts";

const source = `
struct Dims { first: u32, n_rows: u32, n_channels: u32 }
@group(0) @binding(0) var<storage, read_write> x: array<Block0>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> dims: Dims;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n_padding = 4u - dims.n_channels % 4u;
  if (id.x >= dims.n_rows * n_padding) { return; }
  y[id.x] = vec4f(x[dims.first + id.x / n_padding])[dims.n_channels % 4u + id.x % n_padding];
}`;

const paddingOperator: Operator<null> = {
  name: "padding",

  infer([x]) {
    return [{ shape: [rowCount(x!), 4 - channelCount(x!) % 4], layout: "dense" }];
  },

  lower({ inputs: [x], outputs: [y] }, lowering) {
    lowering.dispatch({
      shader: { name: "padding", source },
      bindings: [
        lowering.buffer(x!),
        lowering.buffer(y),
        lowering.uniform([(blockCount(x!) - 1) * rowStride(x!), rowCount(x!), channelCount(x!)]),
      ],
      workgroups: [Math.ceil(y.shape[0] * y.shape[1] / 64)],
    });
  },
};

/**
 * Names the padding of a blocked tensor as output.
 *
 * @param graph The graph.
 * @param name Name of the output, `[rows, lanes of padding]`.
 * @param tensor Blocked, with channels that do not fill the last block.
 */
export function paddingOutput(graph: Graph, name: string, tensor: Tensor): void {
  graph.output(name, graph.add(paddingOperator, [tensor], null)[0]);
}
