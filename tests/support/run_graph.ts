/** Runs a small graph on the shared device: one helper for every operator test. */
import type { DeviceTraits } from "../../gpu/device.ts";
import { Executor, type InputValues } from "../../gpu/executor.ts";
import { ParameterStore } from "../../gpu/parameters.ts";
import type { StoredType } from "../../gpu/shader.ts";
import { Graph } from "../../graph/graph.ts";
import { planGraph } from "../../graph/plan.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { rearrange } from "../../kernels/rearrange/rearrange.ts";
import { testDevice } from "./device.ts";

/** A pattern that keeps every axis where it is. */
function identityPattern(rank: number): string {
  const axes = Array.from({ length: rank }, (_, i) => `a${i}`).join(" ");
  return `${axes} -> ${axes}`;
}

/** Declares a dense input and hands it on in the blocked layout. */
export function blockedInput(graph: Graph, name: string, shape: readonly number[]): Tensor {
  return rearrange(graph, graph.input(name, shape), { pattern: identityPattern(shape.length) });
}

/** Names a tensor as output, in the dense layout. */
export function denseOutput(graph: Graph, name: string, tensor: Tensor): void {
  const dense = tensor.layout === "dense"
    ? tensor
    : rearrange(graph, tensor, { pattern: identityPattern(tensor.shape.length), layout: "dense" });
  graph.output(name, dense);
}

/** Values of a run: inputs and weights by name. */
export interface GraphValues {
  /** Input values. */
  inputs?: InputValues;
  /** Weights by canonical name. */
  parameters?: Record<string, Float32Array>;
  /** What the planner is told of the device instead of the truth: a smaller texture, another kind. */
  traits?: Partial<DeviceTraits>;
  /** How weights of matrix products and activations are stored. */
  dtype?: StoredType | undefined;
}

/**
 * Builds a graph, poisons its memory, runs it and returns its outputs.
 *
 * @param build Adds inputs, operators and outputs.
 * @param values Input values and parameter values by name.
 * @returns Output values by name.
 */
export function runGraph(
  build: (graph: Graph) => void,
  values: GraphValues,
): Promise<Record<string, Float32Array>> {
  const graph = new Graph();
  build(graph);
  return runGraphOf(graph, values);
}

/** Like {@linkcode runGraph}, for a graph that is there already. */
export async function runGraphOf(
  graph: Graph,
  { inputs = {}, parameters: weights = {}, traits, dtype }: GraphValues,
): Promise<Record<string, Float32Array>> {
  const { device, pipelines } = await testDevice();
  const schedule = planGraph(graph, {
    traits: { ...device.traits, ...traits },
    read: (name) => Promise.resolve(weights[name].slice()),
    dtype,
  });
  const parameters = new ParameterStore(device);
  const executor = await Executor.prepare(schedule, { device, pipelines, parameters, poison: true });
  try {
    return await executor.run(inputs) as Record<string, Float32Array>;
  } finally {
    executor.close();
    parameters.close();
  }
}
