/** Operators of a few lines for tests of graph and GPU: what a kernel may ask for, and nothing to compute. */
import type { DeviceTraits } from "../../gpu/device.ts";
import type { Resource } from "../../gpu/schedule.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Operator } from "../../graph/operator.ts";
import { elementCount, type Tensor, type TensorSpec } from "../../graph/tensor.ts";

/** Traits of a device that does not exist, for plans that nobody runs. */
export const paperTraits: DeviceTraits = {
  description: "paper",
  software: false,
  maxTextureExtent: 8192,
  maxBindingBytes: 2 ** 27,
  maxBufferBytes: 2 ** 28,
  maxWorkgroups: 65535,
  timestamps: false,
  halves: false,
};

/** A reader of weights for plans that nobody runs. */
export function noWeights(name: string): Promise<never> {
  return Promise.reject(new Error(`nobody reads ${name}`));
}

/** What a toy operator does. */
export interface ToyOptions {
  /** Name of operator and shader. @default {"toy"} */
  name?: string;
  /** WGSL; @default {@linkcode incrementSource} */
  source?: string;
  /** Specification of the output. @default The first input's. */
  output?: TensorSpec;
  /** Scratch tensors of these specifications are bound in a first dispatch of their own. */
  scratch?: TensorSpec[];
  /** Reads the inputs as textures. */
  textures?: boolean;
  /** Bindings behind inputs and output; @default The number of elements of the output. */
  more?: (lowering: Lowering) => Resource[];
  /** Workgroups; @default As `incrementSource` wants them. */
  workgroups?: readonly [number, number?, number?];
}

/** `y[i] = x[i] + 1`; one input. */
export const incrementSource = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> n: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < n) { y[id.x] = x[id.x] + 1.0; }
}`;

/**
 * Adds a toy operator.
 *
 * @param graph The graph.
 * @param inputs Tensors of the graph.
 * @param options What it does; by default it adds 1 to its one dense input.
 * @returns Its output.
 */
export function toy(graph: Graph, inputs: readonly Tensor[], options: ToyOptions = {}): Tensor {
  return graph.add(toyOperator(options), inputs, null)[0];
}

function toyOperator(options: ToyOptions): Operator<null> {
  const { name = "toy", source = incrementSource, scratch = [], textures = false, more } = options;
  return {
    name,

    infer([x]): TensorSpec[] {
      return [options.output ?? { shape: x!.shape, type: x!.type, layout: x!.layout }];
    },

    lower({ inputs, outputs: [y] }, lowering): void {
      const read = inputs.map((x) => textures ? lowering.texture(x!) : lowering.buffer(x!));
      const count = elementCount(y.shape);
      const workgroups = options.workgroups ?? [Math.ceil(count / 64)];
      const shader = { name: `${name}/shader`, source };
      if (scratch.length > 0) {
        const bindings = scratch.map((spec) => lowering.buffer(lowering.scratch(spec)));
        lowering.dispatch({ shader, bindings: [...read, ...bindings], workgroups });
      }
      const tail = more ? more(lowering) : [lowering.uniform([count])];
      lowering.dispatch({ shader, bindings: [...read, lowering.buffer(y), ...tail], workgroups });
    },
  };
}
