/** Which nodes of a graph can be computed by several kernels: what a tuner may time before the graph is planned. */
import type { Contest } from "../gpu/tuner.ts";
import type { Graph } from "./graph.ts";
import type { Node } from "./operator.ts";
import { neededNodes, planNode, type PlanOptions } from "./plan.ts";
import { elementCount } from "./tensor.ts";

/**
 * Lists the choices that planning a graph will ask for, each with the node alone as a schedule; the weights of such a
 * schedule are zeros, its activations whatever memory holds at first, which is zeros too.
 *
 * @param graph What will be planned; only nodes that an output needs count.
 * @param options How it will be planned.
 * @returns One contest per key.
 */
export function listContests(graph: Graph, options: Omit<PlanOptions, "read" | "choose">): Contest[] {
  const contests = new Map<string, Contest>();
  for (const node of neededNodes(graph)) {
    const plan = (choose: (key: string, candidates: readonly string[]) => string | undefined) =>
      planNode(node, { ...options, choose, read: (name) => Promise.resolve(zeros(node, name)) });
    plan((key, candidates) => {
      if (!contests.has(key)) {
        contests.set(key, {
          key,
          candidates,
          schedule: (candidate) => plan((asked) => asked === key ? candidate : undefined),
        });
      }
      return undefined;
    });
  }
  return [...contests.values()];
}

function zeros({ inputs }: Node, name: string): Float32Array {
  return new Float32Array(elementCount(inputs.find((input) => input?.name === name)!.shape));
}
