/**
 * Entropic optimal transport (Eqs. 7–11) between M visual tokens of equal mass and N text tokens of masses β, by
 * Sinkhorn's iterations in the log domain, so that a small λ neither overflows nor underflows.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Lowering, Node, NodeBuilder, OnnxExporter, Operator } from "../../graph/operator.ts";
import { formatShape, type Tensor, type TensorSpec } from "../../graph/tensor.ts";
import { scale } from "../scale/scale.ts";
import { sinkhornGradientOperator } from "./sinkhorn_gradient.ts";
import source from "./sinkhorn.wgsl" with { type: "text" };

/** Attributes of {@linkcode sinkhornOperator}. */
export interface SinkhornAttributes {
  /** Entropic regularisation λ, at least 1e-6. */
  readonly lambda: number;
  /** Iterations T, at least 1. */
  readonly iterations: number;
  /**
   * Whether gradients go through the iterations instead of holding P* fixed.
   *
   * @default {false}
   */
  readonly unrolled?: boolean;
}

/** Invocations of a workgroup. */
const width = 256;
/** Workgroup memory holds f, g and two values per invocation: 8 KiB of the 16 KiB that every adapter has. */
const limits = { MAX_VISUAL: 1024, MAX_TOKENS: 512 };
/** Smaller ones take costs beyond what float32 exponents resolve. */
const smallestLambda = 1e-6;
/** Loop steps after which llvmpipe silently ends every loop of an invocation. */
const softwareLoopSteps = 65535;

/**
 * Inputs C dense `[B, M, N]` and β dense `[B, N]`; outputs the plan P* dense `[B, M, N]` and ⟨P*, C⟩ dense `[B]`.
 *
 * α = 1/M; ν is updated first, from τ⁽⁰⁾ = 1. Columns with β = 0 get no mass; where all are 0, plan and cost are 0.
 */
export const sinkhornOperator: Operator<SinkhornAttributes> = {
  name: "sinkhorn",

  infer([cost, beta], { lambda, iterations }): TensorSpec[] {
    const [B, M, N] = cost!.shape;
    const subject = `Cannot transport by costs ${formatShape(cost!.shape)} to masses ${
      formatShape(beta!.shape)
    }`;
    if (cost!.shape.length !== 3 || formatShape(beta!.shape) !== formatShape([B, N])) {
      throw new TypeError(`${subject}, expected [B, M, N] and [B, N]`);
    }
    for (const { type, layout } of [cost!, beta!]) {
      if (type !== "f32" || layout !== "dense") {
        throw new TypeError(`${subject}: ${layout} ${type}, expected dense f32`);
      }
    }
    if (M > limits.MAX_VISUAL || N > limits.MAX_TOKENS) {
      throw new RangeError(
        `Cannot transport ${M} visual to ${N} text tokens, expected at most ${limits.MAX_VISUAL} and ${limits.MAX_TOKENS}`,
      );
    }
    if (!(lambda >= smallestLambda && lambda < Infinity)) {
      throw new RangeError(`Cannot transport with λ ${lambda}, expected at least ${smallestLambda}`);
    }
    if (!(Number.isSafeInteger(iterations) && iterations >= 1)) {
      throw new RangeError(`Cannot transport in ${iterations} iterations, expected a whole number from 1 on`);
    }
    return [{ shape: cost!.shape, layout: "dense" }, { shape: [B], layout: "dense" }];
  },

  lower(node: Node<SinkhornAttributes>, lowering: Lowering): void {
    const [cost, beta] = node.inputs;
    const [plan, planCost] = node.outputs;
    const [B, M, N] = cost!.shape;
    const { lambda, iterations } = node.attributes;
    if (lowering.traits.software && loopSteps(M, N, iterations) > softwareLoopSteps) {
      throw new RangeError(
        `Cannot transport ${M} visual to ${N} text tokens in ${iterations} iterations on a software adapter, ` +
          `expected at most ${largestIterations(M, N)}`,
      );
    }
    lowering.dispatch({
      shader: {
        name: "sinkhorn",
        source,
        defines: { ...limits, WIDTH: width, POTENTIALS: limits.MAX_VISUAL + limits.MAX_TOKENS },
      },
      bindings: [
        lowering.buffer(cost!),
        lowering.buffer(beta!),
        lowering.buffer(plan),
        lowering.buffer(planCost),
        lowering.uniform([M, N, iterations, { f32: 1 / lambda }]),
      ],
      workgroups: [B],
    });
  },

  onnx(node: Node<SinkhornAttributes>, exporter: OnnxExporter): void {
    const [cost, beta] = node.inputs.map((tensor) => exporter.value(tensor!));
    const { lambda, iterations } = node.attributes;
    const M = node.inputs[0]!.shape[1];
    const scalar = (value: number) => exporter.floats([value], []);
    const row = (value: string) => exporter.node("Unsqueeze", [value, exporter.integers([1])]);
    const mass = row(beta); // [B, 1, N]
    const kept = exporter.node("Greater", [mass, scalar(0)]);
    const least = exporter.node("Where", [kept, scalar(0), scalar(-1e30)]);
    const logBeta = exporter.node("Log", [exporter.node("Where", [kept, mass, scalar(1)])]);
    const exponent = exporter.node("Add", [exporter.node("Mul", [cost, scalar(-1 / lambda)]), least]);
    const logSum = (value: string, axis: number) =>
      exporter.node("ReduceLogSumExp", [value], { axes: [axis], keepdims: 1 });
    let f = "";
    let g = "";
    for (let t = 0; t < iterations; t++) {
      const columns = g === "" ? exponent : exporter.node("Add", [exponent, g]);
      f = exporter.node("Sub", [scalar(-Math.log(M)), logSum(columns, 2)]); // [B, M, 1]
      const rows = logSum(exporter.node("Add", [exponent, f]), 1);
      g = exporter.node("Where", [kept, exporter.node("Sub", [logBeta, rows]), scalar(0)]); // [B, 1, N]
    }
    const log = exporter.node("Add", [exporter.node("Add", [exponent, f]), g]);
    const plan = exporter.node("Where", [kept, exporter.node("Exp", [log]), scalar(0)]);
    const products = exporter.node("Mul", [plan, cost]);
    exporter.bind(node.outputs[0], plan);
    exporter.bind(
      node.outputs[1],
      exporter.node("ReduceSum", [products, exporter.integers([1, 2])], { keepdims: 0 }),
    );
  },

  /** ⟨P*, C⟩ has `d_C = P* · d_cost` with P* held fixed (the envelope theorem), more terms when unrolled. */
  gradient(node: Node<SinkhornAttributes>, [d_plan, d_cost]: readonly (Tensor | null)[], graph: NodeBuilder) {
    if (!node.attributes.unrolled) return [d_cost ? scale(graph, node.outputs[0], d_cost) : null, null];
    if (d_plan) {
      throw new TypeError("Cannot differentiate the transport plan itself, expected its cost alone");
    }
    return [graph.add(sinkhornGradientOperator, [...node.inputs, d_cost], node.attributes)[0], null];
  },
};

/**
 * Adds the transport plan and its cost.
 *
 * @param graph The graph.
 * @param inputs C dense `[B, M, N]` and β dense `[B, N]`.
 * @param attributes λ and T.
 * @returns P* dense `[B, M, N]` and ⟨P*, C⟩ dense `[B]`.
 * @throws {TypeError} When shapes do not fit.
 * @throws {RangeError} When M, N, λ or T are out of bounds.
 */
export function sinkhorn(
  graph: Graph,
  inputs: { cost: Tensor; beta: Tensor },
  attributes: SinkhornAttributes,
): { plan: Tensor; cost: Tensor } {
  const [plan, cost] = graph.add(sinkhornOperator, [inputs.cost, inputs.beta], attributes);
  return { plan, cost };
}

/**
 * Loop steps of one invocation of `sinkhorn.wgsl`, at most. Leaving a loop counts as a step, and llvmpipe was seen to
 * count up to 3 per update that the source does not show.
 */
function loopSteps(M: number, N: number, iterations: number): number {
  const update = (sums: number, terms: number): number => {
    const round = Math.min(sums, width);
    const slices = Math.floor(width / round);
    const unseen = 4;
    const walk = Math.ceil(Math.ceil(terms / slices) / 4) + 1;
    const meet = slices + (slices + 1);
    return Math.ceil(sums / round) * (walk + meet + 1) + 1 + unseen;
  };
  const outside = Math.ceil(N / width) + Math.ceil(M * N / width) + width + 4;
  return outside + iterations * (update(M, N) + 1 + update(N, M) + 1);
}

function largestIterations(M: number, N: number): number {
  const outside = loopSteps(M, N, 0);
  return Math.floor((softwareLoopSteps - outside) / (loopSteps(M, N, 1) - outside));
}
