/**
 * Checks a gradient: `L = Σ y · seed` is differentiated by the graph on the GPU, and by central differences of a
 * float64 oracle.
 */
import type { DeviceTraits } from "../../gpu/device.ts";
import { differentiate } from "../../graph/gradient.ts";
import type { Graph } from "../../graph/graph.ts";
import { Graph as NewGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { elementCount } from "../../graph/tensor.ts";
import { add } from "../../kernels/add/add.ts";
import { assertClose, kernelBound } from "./compare.ts";
import { normals, uniform } from "./random.ts";
import { blockedInput, denseOutput, runGraphOf } from "./run_graph.ts";

/** What is differentiated. */
export interface GradientCheck {
  /** Builds y from the graph's inputs and parameters; inputs that are to be differentiated are blocked ones. */
  build: (graph: Graph, inputs: Record<string, Tensor>) => Tensor;
  /** Shapes of float inputs, differentiated as blocked tensors unless named in `constants`. */
  inputs: Record<string, readonly number[]>;
  /** Float inputs that stay dense, integer inputs: given to `build`, not differentiated. */
  constants?: Record<string, { shape: readonly number[]; data: Float32Array | Int32Array }>;
  /** Dense inputs, differentiated in the dense layout. */
  dense?: Record<string, readonly number[]>;
  /** Inputs that are not differentiated after all. */
  without?: readonly string[];
  /** Parameters to differentiate; every parameter of the graph when absent. */
  parameters?: readonly string[];
  /** Values, for those that standard normal numbers do not suit. */
  values?: Record<string, Float32Array>;
  /** y in float64, row-major. */
  oracle: (values: Record<string, ArrayLike<number>>) => ArrayLike<number>;
  /** Seed of the random numbers. */
  seed: number;
  /** Elements of each tensor that are differenced; all when there are no more. @default {40} */
  samples?: number;
  /** What the planner is told of the device instead of the truth. */
  traits?: Partial<DeviceTraits>;
}

/**
 * Asserts that every gradient is what central differences say, to the bound of design.md §5.
 *
 * @param check What to differentiate.
 */
export async function assertGradient(check: GradientCheck): Promise<void> {
  const graph = new NewGraph({ training: true });
  const tensors: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(check.inputs)) tensors[name] = blockedInput(graph, name, shape);
  for (const [name, shape] of Object.entries(check.dense ?? {})) tensors[name] = graph.input(name, shape);
  const constants = check.constants ?? {};
  for (const [name, { shape, data }] of Object.entries(constants)) {
    tensors[name] = graph.input(name, shape, data instanceof Int32Array ? "i32" : "f32");
  }
  const y = check.build(graph, tensors);
  const seedShape = y.shape;
  const seed = y.layout === "blocked"
    ? blockedInput(graph, "seed", seedShape)
    : graph.input("seed", seedShape);
  const names = check.parameters ?? [...graph.parameters.keys()];
  const targets = new Map<string, Tensor>([
    ...[...Object.keys(check.inputs), ...Object.keys(check.dense ?? {})].map((name) =>
      [name, tensors[name]] as const
    ),
    ...names.map((name) => [name, graph.parameters.get(name)!] as const),
  ]);
  const all = new Map([...targets, ...graph.parameters]);
  for (const name of check.without ?? []) targets.delete(name);
  const gradients = differentiate(graph, { loss: y, seed, targets: targets.values(), add });
  const values: Record<string, Float32Array> = {};
  for (const [i, [name, { shape }]] of [...all].entries()) {
    values[name] = check.values?.[name] ?? normals(elementCount(shape), check.seed * 100 + i);
  }
  const seeds = normals(elementCount(seedShape), check.seed * 100 + 99);
  for (const [name, target] of targets) {
    const gradient = gradients.get(target);
    if (!gradient) throw new Error(`no gradient of ${name}`);
    denseOutput(graph, `d_${name}`, gradient);
  }
  const parameters = Object.fromEntries([...graph.parameters.keys()].map((name) => [name, values[name]]));
  const inputs = Object.fromEntries(
    [...graph.inputs.keys()].filter((name) => name in values).map((name) => [name, values[name]]),
  );
  const { traits = {} } = check;
  const others = Object.fromEntries(Object.entries(constants).map(([name, { data }]) => [name, data]));
  const outputs = await runGraphOf(graph, {
    inputs: { ...inputs, ...others, seed: seeds },
    parameters,
    traits,
  });
  const again = await runGraphOf(graph, {
    inputs: { ...inputs, ...others, seed: seeds },
    parameters,
    traits,
  });
  const exact: Record<string, Float64Array> = Object.fromEntries(
    Object.entries({ ...values, ...others }).map(([name, data]) => [name, Float64Array.from(data)]),
  );
  for (const name of targets.keys()) {
    assertClose(again[`d_${name}`], outputs[`d_${name}`], 0); // bit for bit
    const at = sampled(exact[name].length, check.samples ?? 40, check.seed);
    const expected = at.map((i) => difference(check.oracle, exact, { name, i, seeds }));
    const actual = at.map((i) => outputs[`d_${name}`][i]);
    try {
      assertClose(actual, expected, Math.max(kernelBound(expected), kernelBound(outputs[`d_${name}`])));
    } catch (error) {
      throw new Error(`gradient of ${name}, elements ${at.join(" ")}`, { cause: error });
    }
  }
}

function difference(
  oracle: GradientCheck["oracle"],
  values: Record<string, Float64Array>,
  { name, i, seeds }: { name: string; i: number; seeds: Float32Array },
): number {
  const step = 1e-5;
  const original = values[name][i];
  const sum = (value: number) => {
    values[name][i] = value;
    const y = oracle(values);
    let total = 0;
    for (let j = 0; j < seeds.length; j++) total += y[j] * seeds[j];
    return total;
  };
  const slope = (sum(original + step) - sum(original - step)) / (2 * step);
  values[name][i] = original;
  return slope;
}

function sampled(count: number, samples: number, seed: number): number[] {
  if (count <= samples) return Array.from({ length: count }, (_, i) => i);
  const next = uniform(seed + 1);
  return [...new Set([0, count - 1, ...Array.from({ length: samples }, () => Math.floor(next() * count))])];
}
