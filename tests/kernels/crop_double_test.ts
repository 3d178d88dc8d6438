/** Double precision made of integers (kernels/crop/double.wgsl) against the CPU's own. */
import assert from "node:assert/strict";
import double from "../../kernels/crop/double.wgsl" with { type: "text" };
import { uniform } from "../support/random.ts";
import { runGraph } from "../support/run_graph.ts";
import { toy } from "../support/toy_operators.ts";

const source = `${double}
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> n: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (8u * id.x >= n) { return; }
  let a = from_words(x[4u * id.x], x[4u * id.x + 1u]);
  let b = from_words(x[4u * id.x + 2u], x[4u * id.x + 3u]);
  for (var i = 0u; i < 2u; i++) {
    var result = product(a, b);
    if (i == 0u) { result = sum(a, b); }
    let at = 8u * id.x + 4u * i;
    y[at] = result.high;
    y[at + 1u] = result.low;
    y[at + 2u] = bitcast<u32>(result.exponent);
    y[at + 3u] = select(0u, 1u, result.negative);
  }
}`;

/** Sums and products of pairs on the device. */
async function onDevice(pairs: (readonly [number, number])[]): Promise<{ sum: number; product: number }[]> {
  const words = new Uint32Array(4 * pairs.length);
  const view = new DataView(new ArrayBuffer(8));
  for (const [i, value] of pairs.flat().entries()) {
    view.setFloat64(0, value);
    words.set([view.getUint32(0), view.getUint32(4)], 2 * i);
  }
  const outputs = await runGraph((graph) => {
    const x = graph.input("x", [words.length], "u32");
    const output = { shape: [8 * pairs.length], type: "u32", layout: "dense" } as const;
    graph.output("y", toy(graph, [x], { source, output, workgroups: [Math.ceil(pairs.length / 64)] }));
  }, { inputs: { x: words } });
  const y = new Uint32Array(outputs.y.buffer, outputs.y.byteOffset, outputs.y.length);
  const number = (at: number) => {
    const [high, low, exponent, negative] = y.subarray(at, at + 4);
    return (negative ? -1 : 1) * (high * 2 ** -31 + low * 2 ** -63) * 2 ** (exponent | 0);
  };
  return pairs.map((_, i) => ({ sum: number(8 * i), product: number(8 * i + 4) }));
}

async function assertExact(pairs: (readonly [number, number])[]): Promise<void> {
  for (const [i, { sum, product }] of (await onDevice(pairs)).entries()) {
    const [a, b] = pairs[i];
    assert.ok(sum === a + b, `${a} + ${b}: ${sum}, expected ${a + b}`);
    assert.ok(product === a * b, `${a} · ${b}: ${product}, expected ${a * b}`);
  }
}

Deno.test("sum() and product() of double.wgsl equal double precision on edges", async () => {
  const ulp = 2 ** -52;
  const edges = [
    0,
    1,
    3,
    255,
    1 - ulp / 2,
    1 + ulp,
    2 - ulp,
    1.5,
    2 ** 30 - 2 ** -20,
    4294967295,
    0.1,
    1 / 3,
  ];
  const small = [
    2 ** -31,
    2 ** -32,
    2 ** -52,
    2 ** -53,
    2 ** -53 + 2 ** -105,
    2 ** -54,
    3 * 2 ** -54,
    2 ** -200,
  ];
  const values = [...edges, ...small].flatMap((value) => value === 0 ? [0] : [value, -value]);
  await assertExact(values.flatMap((a) => values.map((b) => [a, b] as const)));
});

Deno.test("sum() and product() of double.wgsl equal double precision on random numbers, seed 5", async () => {
  const random = uniform(5);
  // Few bits make ties and cancellation, all 53 make carries.
  const draw = () => {
    const bits = Math.floor(random() * 54);
    const whole = Math.floor(random() * 2 ** Math.min(bits, 26)) * 2 ** Math.max(bits - 26, 0) +
      Math.floor(random() * 2 ** Math.max(bits - 26, 0));
    return (random() < 0.5 ? -1 : 1) * whole * 2 ** Math.floor(random() * 130 - 65);
  };
  const pairs = Array.from({ length: 200_000 }, () => [draw(), draw()] as const);
  const near = Array.from({ length: 100_000 }, () => {
    const a = 1 + Math.floor(random() * 2 ** 26) * 2 ** -26 + Math.floor(random() * 2 ** 26) * 2 ** -52;
    const b = Math.floor(random() * 2 ** 12) * 2 ** -Math.floor(random() * 70);
    return [a, random() < 0.5 ? b : -b] as const;
  });
  await assertExact([...pairs, ...near]);
});
