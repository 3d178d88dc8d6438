/** P = diag(ν) exp(−C/λ) diag(τ) after T iterations (Eqs. 8–11): kernel and ONNX, against float64 and POT. */
import assert from "node:assert/strict";
import { Graph } from "../../graph/graph.ts";
import { sinkhorn, type SinkhornAttributes } from "../../kernels/sinkhorn/sinkhorn.ts";
import { sinkhornOracle } from "../oracles/sinkhorn.ts";
import { assertClose } from "../support/compare.ts";
import { uniform } from "../support/random.ts";
import { runGraph } from "../support/run_graph.ts";
import { runOnnx } from "../support/run_onnx.ts";

/** Bound of design.md §5 for plan and cost. */
const bound = 1e-5;

interface Case {
  title: string;
  /** `[B, M, N]`. */
  shape: readonly [number, number, number];
  lambda: number;
  iterations: number;
  /** Share of the columns without mass. @default {0.2} */
  empty?: number;
}

// 1, primes, one below and above the workgroup (256 invocations), the limits, a real size; λ small and large.
const cases: Case[] = [
  { title: "one pair", shape: [1, 1, 1], lambda: 0.1, iterations: 1, empty: 0 },
  { title: "primes", shape: [3, 7, 13], lambda: 0.1, iterations: 20 },
  { title: "one iteration", shape: [2, 5, 3], lambda: 0.1, iterations: 1 },
  { title: "63 × 65", shape: [2, 63, 65], lambda: 0.05, iterations: 3 },
  { title: "255 × 3", shape: [1, 255, 3], lambda: 0.05, iterations: 5 },
  { title: "257 × 2", shape: [1, 257, 2], lambda: 0.05, iterations: 5, empty: 0 },
  { title: "2 × 257", shape: [1, 2, 257], lambda: 0.05, iterations: 5 },
  { title: "ViT-B and 40 tokens", shape: [2, 192, 40], lambda: 0.1, iterations: 20, empty: 0.5 },
  { title: "λ = 0.01", shape: [2, 31, 17], lambda: 0.01, iterations: 20 },
  { title: "λ = 0.001", shape: [2, 31, 17], lambda: 0.001, iterations: 20 },
  { title: "λ = 100", shape: [2, 31, 17], lambda: 100, iterations: 2 },
  { title: "as many tokens as there may be", shape: [1, 1024, 512], lambda: 0.1, iterations: 3 },
];

function values({ shape: [B, M, N], empty = 0.2 }: Case, seed: number) {
  const random = uniform(seed);
  const cost = Float32Array.from({ length: B * M * N }, () => 2 * random());
  const beta = new Float32Array(B * N);
  for (let first = 0; first < beta.length; first += N) {
    const masses = Array.from({ length: N }, (_, n) => n === 0 || random() >= empty ? 0.1 + random() : 0);
    const mass = masses.reduce((a, b) => a + b);
    beta.set(masses.map((value) => value / mass), first);
  }
  return { cost, beta };
}

function build(graph: Graph, [B, M, N]: readonly number[], attributes: SinkhornAttributes): void {
  const inputs = { cost: graph.input("cost", [B, M, N]), beta: graph.input("beta", [B, N]) };
  const { plan, cost } = sinkhorn(graph, inputs, attributes);
  graph.output("plan", plan);
  graph.output("total", cost);
}

function expected({ shape: [, M, N], lambda, iterations }: Case, inputs: ReturnType<typeof values>) {
  return sinkhornOracle({ ...inputs, visualTokens: M, textTokens: N, lambda, iterations });
}

for (const [seed, test] of cases.entries()) {
  Deno.test(`sinkhorn() ${test.title} equals float64`, async () => {
    const inputs = values(test, seed);
    const { plan, total } = await runGraph((graph) => build(graph, test.shape, test), { inputs });
    const oracle = expected(test, inputs);
    // Plan entries are shares of masses 1/M and β: 1e-5 absolute would let small ones be anything.
    const largest = oracle.plan.reduce((a, b) => Math.max(a, b));
    assertClose(plan, oracle.plan, bound * Math.min(1, 20 * largest));
    assertClose(total, oracle.cost, bound);
  });
}

Deno.test("sinkhorn() in ONNX equals float64, with a batch and length of its own", async () => {
  for (const [seed, test] of cases.entries()) {
    const { cost, beta } = values(test, seed);
    const [B, M, N] = test.shape;
    const results = await runOnnx((graph) => build(graph, [B + 1, M, Math.max(1, N - 1)], test), {
      inputs: { cost: { data: cost, shape: [B, M, N] }, beta: { data: beta, shape: [B, N] } },
    });
    const oracle = expected(test, { cost, beta });
    assert.deepEqual([results.plan.shape, results.total.shape], [[B, M, N], [B]]);
    assertClose(results.plan.data, oracle.plan, bound);
    assertClose(results.total.data, oracle.cost, bound);
  }
});

const goldenFolder = new URL("../golden/transport/", import.meta.url);

interface Golden {
  iterations: number;
  visual: number[][];
  text: number[][];
  beta: number[];
  cost: number[][];
  results: { lambda: number; plan: number[][]; transportCost: number }[];
}

for (const { name } of Deno.readDirSync(goldenFolder)) {
  Deno.test(`sinkhorn() gives POT's plans and costs of ${name}, on WebGPU and in ONNX`, async () => {
    const golden: Golden = JSON.parse(await Deno.readTextFile(new URL(name, goldenFolder)));
    const shape = [1, golden.visual.length, golden.text.length];
    const inputs = {
      cost: Float32Array.from(golden.cost.flat()),
      beta: Float32Array.from(golden.beta),
    };
    for (const { lambda, plan, transportCost } of golden.results) {
      const attributes = { lambda, iterations: golden.iterations };
      const gpu = await runGraph((graph) => build(graph, shape, attributes), { inputs });
      assertClose(gpu.plan, plan.flat(), bound);
      assertClose(gpu.total, [transportCost], bound);
      const onnx = await runOnnx((graph) => build(graph, shape, attributes), {
        inputs: { cost: { data: inputs.cost }, beta: { data: inputs.beta } },
      });
      assertClose(onnx.plan.data, plan.flat(), bound);
      assertClose(onnx.total.data, [transportCost], bound);
    }
  });
}

// The second person has no word; the first has one that takes all: P = 1/M in its column.
const empty = {
  shape: [3, 4, 3],
  cost: Float32Array.from({ length: 36 }, (_, i) => (i * 7 % 11) / 5),
  beta: Float32Array.of(0, 1, 0, 0, 0, 0, 0.5, 0, 0.5),
  column: [0, 0.25, 0, 0, 0.25, 0, 0, 0.25, 0, 0, 0.25, 0],
};

function assertEmpty(plan: Float32Array, total: Float32Array): void {
  const { cost, beta, column } = empty;
  const oracle = sinkhornOracle({ cost, beta, visualTokens: 4, textTokens: 3, lambda: 0.1, iterations: 20 });
  assertClose(plan.slice(0, 12), column, 1e-6);
  assert.deepEqual([...plan.slice(12, 24)], new Array(12).fill(0), "no mass, no plan");
  assert.equal(total[1], 0, "no mass, no cost");
  for (let i = 25; i < 36; i += 3) assert.equal(plan[i], 0, "a column without mass stays exactly empty");
  for (let i = 0; i < 12; i++) if (i % 3 !== 1) assert.equal(plan[i], 0);
  assertClose(plan, oracle.plan, bound);
  assertClose(total, oracle.cost, bound);
}

Deno.test("sinkhorn() leaves columns and people without mass exactly empty", async () => {
  const { shape, cost, beta } = empty;
  const attributes = { lambda: 0.1, iterations: 20 };
  const gpu = await runGraph((graph) => build(graph, shape, attributes), { inputs: { cost, beta } });
  assertEmpty(gpu.plan, gpu.total);
  const onnx = await runOnnx((graph) => build(graph, shape, attributes), {
    inputs: { cost: { data: cost }, beta: { data: beta } },
  });
  assertEmpty(onnx.plan.data, onnx.total.data);
});

Deno.test("sinkhorn() padding changes nothing", async () => {
  const test: Case = { title: "", shape: [1, 13, 5], lambda: 0.05, iterations: 20, empty: 0 };
  const { cost, beta } = values(test, 5);
  const padded = {
    cost: Float32Array.from(
      { length: 13 * 8 },
      (_, i) => i % 8 < 5 ? cost[Math.floor(i / 8) * 5 + i % 8] : 0,
    ),
    beta: Float32Array.of(...beta, 0, 0, 0),
  };
  const short = await runGraph((graph) => build(graph, [1, 13, 5], test), { inputs: { cost, beta } });
  const long = await runGraph((graph) => build(graph, [1, 13, 8], test), { inputs: padded });
  assertClose(long.plan.filter((_, i) => i % 8 < 5), short.plan, 1e-7);
  assert.deepEqual(long.plan.filter((_, i) => i % 8 >= 5), new Float32Array(13 * 3));
});

Deno.test("sinkhorn() at convergence has the marginals 1/M and β", async () => {
  const test: Case = { title: "", shape: [2, 11, 7], lambda: 0.2, iterations: 300 };
  const inputs = values(test, 8);
  const { plan } = await runGraph((graph) => build(graph, test.shape, test), { inputs });
  const [rows, columns] = [new Float64Array(22), new Float64Array(14)];
  for (const [i, share] of plan.entries()) {
    rows[Math.floor(i / 7)] += share;
    columns[Math.floor(i / 77) * 7 + i % 7] += share;
  }
  assertClose(rows, new Array(22).fill(1 / 11), bound);
  assertClose(columns, inputs.beta, bound);
});

Deno.test("sinkhorn() refuses what it cannot transport", () => {
  const attributes = { lambda: 0.1, iterations: 20 };
  const attempt = (shapes: [number[], number[]], changed: Partial<SinkhornAttributes> = {}) => () => {
    const graph = new Graph();
    const inputs = { cost: graph.input("cost", shapes[0]), beta: graph.input("beta", shapes[1]) };
    sinkhorn(graph, inputs, { ...attributes, ...changed });
  };
  assert.throws(attempt([[2, 3, 4], [2, 3]]), {
    name: "TypeError",
    message: "Cannot transport by costs [2, 3, 4] to masses [2, 3], expected [B, M, N] and [B, N]",
  });
  assert.throws(attempt([[3, 4], [3, 4]]), /costs \[3, 4\] to masses \[3, 4\], expected/);
  attempt([[1, 1024, 512], [1, 512]])();
  const tooMany = { name: "RangeError", message: /expected at most 1024 and 512/ };
  assert.throws(attempt([[1, 1025, 1], [1, 1]]), tooMany);
  assert.throws(attempt([[1, 1, 513], [1, 513]]), tooMany);
  for (const lambda of [0, -1, 9e-7, NaN, Infinity]) {
    assert.throws(attempt([[1, 2, 2], [1, 2]], { lambda }), {
      name: "RangeError",
      message: `Cannot transport with λ ${lambda}, expected at least 0.000001`,
    });
  }
  for (const iterations of [0, 1.5, NaN, Infinity]) {
    assert.throws(
      attempt([[1, 2, 2], [1, 2]], { iterations }),
      /iterations, expected a whole number from 1 on/,
    );
  }
  const graph = new Graph();
  const [cost, beta] = [graph.input("cost", [1, 2, 2]), graph.input("beta", [1, 2], "i32")];
  assert.throws(() => sinkhorn(graph, { cost, beta }, attributes), /dense i32, expected dense f32/);
});

// llvmpipe ends all loops of an invocation after 65535 steps in total; the result would be silently wrong.
for (const [M, N] of [[1023, 1], [1, 509], [190, 41], [257, 257]]) {
  Deno.test(`sinkhorn() ${M} × ${N} is right up to the iterations that a software adapter can do`, async () => {
    const run = (iterations: number) => {
      const test = { title: "", shape: [1, M, N] as const, lambda: 0.1, iterations };
      const inputs = values(test, M);
      return {
        inputs,
        result: runGraph((graph) => build(graph, test.shape, test), { inputs, traits: { software: true } }),
      };
    };
    const message = await run(1e6).result.then(() => "", (error: Error) => `${error.name}: ${error.message}`);
    const found =
      /^RangeError: Cannot transport \d+ visual to \d+ text tokens in 1000000 iterations on a software adapter, expected at most (\d+)$/
        .exec(message);
    const iterations = Number(found?.[1]);
    const { inputs, result } = run(iterations);
    const { plan } = await result;
    const oracle = sinkhornOracle({ ...inputs, visualTokens: M, textTokens: N, lambda: 0.1, iterations });
    assertClose(plan, oracle.plan, bound);
    await assert.rejects(run(iterations + 1).result, RangeError);
  });
}
