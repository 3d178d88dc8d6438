/** `bench`: figures of this adapter, ours beside those of other libraries on the same adapter, in one process. */
import { measureCeiling } from "../bench/ceiling.ts";
import { compare, type Comparison, type Contestant, enterPeers, fastestPeer } from "../bench/compare.ts";
import { describeEnvironment, environmentLine } from "../bench/environment.ts";
import { type ForwardFigures, measureForward } from "../bench/forward_pass.ts";
import { randomValues } from "../bench/inputs.ts";
import { openMultiplyAdd } from "../bench/multiply_add.ts";
import { openOwnAttention, openOwnMatmul, ownName } from "../bench/own_workloads.ts";
import { peers } from "../bench/peers/peers.ts";
import { verifyAttention, verifyMatmul } from "../bench/verify.ts";
import { attentionOperations, matmulOperations, type Workload } from "../bench/workload.ts";
import { type GpuDevice, openDevice } from "../gpu/device.ts";
import { namedConfig } from "../model/config.ts";
import packageManifest from "../deno.json" with { type: "json" };
import { note } from "./note.ts";

/** Options of the `bench` command. */
export interface BenchOptions {
  /** Measured rounds; figures are medians. */
  rounds: number;
  /** Configuration of the whole forward pass. */
  config: string;
  /** False leaves the other libraries out, which are fetched on first use (about 400 MB). */
  peers: boolean;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No notes. */
  quiet?: boolean | undefined;
}

/** One line of the results. */
interface Result {
  name: string;
  variant: string;
  milliseconds: number;
  gigaflops: number | null;
}

/** The share of the ceiling is taken from the same rounds, since a shared machine's speed drifts. */
const ceilingName = "multiply-add ceiling";
const matmulShape = { M: 576, N: 3072, K: 768 };
const attentionShape = { heads: 12, tokens: 192, channels: 64 };
const forwardTokens = 40;

/** Measures and prints. */
export async function benchCommand(options: BenchOptions): Promise<void> {
  const device = await openDevice();
  try {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    const environment = describeEnvironment(adapter!.info);
    if (!options.json) console.log(environmentLine(environment));
    const matmul = await measureMatmul(device, options);
    const attention = await measureAttention(device, options);
    const forward = await measureForward(device, {
      config: namedConfig(options.config),
      batch: 1,
      tokens: forwardTokens,
      keypoints: 15,
      rounds: options.rounds,
    });
    const ceiling = await measureCeiling(device.device, { rounds: options.rounds });
    const ratios = ratiosOf(matmul, attention, forward);
    const results = [...resultsOf("matmul", matmul), ...resultsOf("attention", attention), {
      name: `forward ${options.config}`,
      variant: "1 person, 3 frames, 40 tokens",
      milliseconds: forward.wallMilliseconds,
      gigaflops: null,
    }];
    if (options.json) {
      console.log(
        JSON.stringify({ adapter: environment.adapter, environment, results, ratios, forward, ceiling }),
      );
    } else {
      printTables({ matmul, attention, forward, ratios });
    }
  } finally {
    device.close();
  }
}

async function measureMatmul(device: GpuDevice, options: BenchOptions): Promise<Comparison[]> {
  const shape = matmulShape;
  const inputs = { a: randomValues(shape.M * shape.K, 1), b: randomValues(shape.N * shape.K, 2) };
  const operations = matmulOperations(shape);
  const verify = (result: Float32Array) => void verifyMatmul(result, shape, inputs);
  const own = [];
  for (const variant of ["texture", "tile"] as const) {
    own.push(await openOwnMatmul(device, { shape, inputs, variant }));
  }
  const ceiling = await openMultiplyAdd(device.device);
  const extra = [{
    name: ceilingName,
    version: "",
    processor: true,
    workload: ceiling.workload,
    operations: ceiling.operations,
  }];
  return await contest({
    own,
    operations,
    verify,
    extra,
    options,
    open: (peer) => peer.matmul(shape, inputs),
  });
}

async function measureAttention(device: GpuDevice, options: BenchOptions): Promise<Comparison[]> {
  const shape = attentionShape;
  const count = shape.heads * shape.tokens * shape.channels;
  const inputs = { q: randomValues(count, 1), k: randomValues(count, 2), v: randomValues(count, 3) };
  const operations = attentionOperations(shape);
  const verify = (result: Float32Array) => void verifyAttention(result, shape, inputs);
  const own = [];
  for (const variant of ["texture", "slice"] as const) {
    own.push(await openOwnAttention(device, { shape, inputs, variant }));
  }
  return await contest({
    own,
    operations,
    verify,
    extra: [],
    options,
    open: (peer) => peer.attention(shape, inputs),
  });
}

interface Contest {
  own: Workload[];
  operations: number;
  verify: (result: Float32Array) => void;
  extra: Contestant[];
  options: BenchOptions;
  open: Parameters<typeof enterPeers>[1]["open"];
}

/** Every result is checked before it is timed; all are timed in turns. */
async function contest({ own, operations, verify, extra, options, open }: Contest): Promise<Comparison[]> {
  for (const workload of own) verify(await workload.read());
  const { version } = packageManifest;
  const ours = own.map((workload) => ({ name: ownName, version, processor: false, workload, operations }));
  const field = await enterPeers(options.peers ? peers : [], { open, operations, verify });
  for (const { name, reason } of field.refused) note(`${name} is left out: ${reason}`, options);
  const contestants = [...ours, ...extra, ...field.contestants];
  try {
    return await compare(contestants, { rounds: options.rounds });
  } finally {
    for (const { workload } of contestants) await workload.close();
  }
}

function ratiosOf(
  matmul: Comparison[],
  attention: Comparison[],
  forward: ForwardFigures,
): Record<string, number | null> {
  const best = (lines: Comparison[]) =>
    lines.filter(({ name }) => name === ownName).reduce((a, b) => a.milliseconds < b.milliseconds ? a : b);
  const against = (lines: Comparison[]) => {
    const peer = fastestPeer(lines.filter(({ name }) => name !== ceilingName), ownName);
    return peer === null ? null : peer.milliseconds / best(lines).milliseconds;
  };
  const ceiling = matmul.find(({ name }) => name === ceilingName)!;
  return {
    matmul_vs_best_peer: against(matmul),
    matmul_share_of_fma_ceiling: best(matmul).gigaflops / ceiling.gigaflops,
    attention_vs_best_peer: against(attention),
    forward_host_share: forward.hostMilliseconds === null
      ? null
      : forward.hostMilliseconds / (forward.hostMilliseconds + forward.gpuMilliseconds!),
    arena_vs_live: forward.arenaBytes / forward.liveBytes,
  };
}

function resultsOf(group: string, lines: Comparison[]): Result[] {
  return lines.map(({ name, variant, milliseconds, gigaflops }) => ({
    name: `${group} ${name}`,
    variant,
    milliseconds,
    gigaflops,
  }));
}

function printTables({ matmul, attention, forward, ratios }: {
  matmul: Comparison[];
  attention: Comparison[];
  forward: ForwardFigures;
  ratios: Record<string, number | null>;
}): void {
  for (
    const [title, lines] of [["matrix product 576 × 3072 × 768", matmul], [
      "attention 12 × 192 × 64",
      attention,
    ]] as const
  ) {
    console.log(`\n${title}`);
    for (const { name, variant, milliseconds, gigaflops, clock } of lines) {
      const figures = `${milliseconds.toFixed(2).padStart(9)} ms ${gigaflops.toFixed(1).padStart(7)} GFLOP/s`;
      console.log(`  ${`${name}, ${variant}`.padEnd(48)} ${figures}  (${clock})`);
    }
  }
  console.log(
    `\nforward: ${forward.wallMilliseconds.toFixed(0)} ms, outside the GPU ${
      forward.hostMilliseconds?.toFixed(1)
    } ms`,
  );
  for (const { name, milliseconds, dispatches } of forward.operators) {
    console.log(`  ${name.padEnd(20)} ${milliseconds.toFixed(2).padStart(9)} ms in ${dispatches} dispatches`);
  }
  console.log("");
  for (const [name, value] of Object.entries(ratios)) {
    console.log(`${name}: ${value === null ? "–" : value.toFixed(3)}`);
  }
}
