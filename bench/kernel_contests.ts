/** Matrix product and attention at the shapes of ViT-B: ours, the peers', and the adapter's ceiling in the same rounds. */
import manifest from "../deno.json" with { type: "json" };
import type { GpuDevice } from "../gpu/device.ts";
import { attentionCandidates } from "../kernels/attention/attention.ts";
import { productCandidates } from "../kernels/linear/product.ts";
import { compare, type Comparison, type Contestant, enterPeers, type PeerField } from "./compare.ts";
import { randomValues } from "./inputs.ts";
import { openMultiplyAdd } from "./multiply_add.ts";
import { openOwnAttention, openOwnMatmul, ownName } from "./own_workloads.ts";
import type { Peer } from "./peers/peer.ts";
import { verifyAttention, verifyMatmul } from "./verify.ts";
import {
  attentionOperations,
  type AttentionShape,
  matmulOperations,
  type MatmulShape,
  type Workload,
} from "./workload.ts";

/** Name of the ceiling among the lines: its share is taken from the same rounds, since a shared machine's speed drifts. */
export const ceilingName = "multiply-add ceiling";

/** First linear layer of a feed-forward part of ViT-B on three frames. */
export const matmulShape: MatmulShape = { M: 576, N: 3072, K: 768 };

/** Attention of ViT-B on one frame. */
export const attentionShape: AttentionShape = { heads: 12, tokens: 192, channels: 64 };

/** What a contest gave. */
export interface ContestResult {
  /** One line per way of computing. */
  lines: Comparison[];
  /** Peers that do not count. */
  refused: PeerField["refused"];
}

/** Options of the contests. */
export interface ContestOptions {
  /** Measured rounds. */
  rounds: number;
  /** Libraries to measure beside ours. */
  peers: readonly Peer[];
}

/**
 * Times the matrix product.
 *
 * @param device The device of our kernels and of the ceiling.
 * @param options Rounds and peers.
 * @returns Our lines first, then the ceiling, then the peers.
 */
export async function contestMatmul(device: GpuDevice, options: ContestOptions): Promise<ContestResult> {
  const shape = matmulShape;
  const inputs = { a: randomValues(shape.M * shape.K, 1), b: randomValues(shape.N * shape.K, 2) };
  const own = [];
  const extents = { rows: shape.M, columns: shape.N, depth: shape.K };
  for (const variant of productCandidates(device.traits, extents)) {
    own.push(await openOwnMatmul(device, { shape, inputs, variant }));
  }
  const ceiling = {
    name: ceilingName,
    version: "",
    processor: true,
    ...await openMultiplyAdd(device.device),
  };
  return await contest({
    own,
    operations: matmulOperations(shape),
    verify: (result) => void verifyMatmul(result, shape, inputs),
    extra: [ceiling],
    open: (peer) => peer.matmul(shape, inputs),
    ...options,
  });
}

/**
 * Times attention.
 *
 * @param device The device of our kernels.
 * @param options Rounds and peers.
 * @returns Our lines first, then the peers.
 */
export async function contestAttention(device: GpuDevice, options: ContestOptions): Promise<ContestResult> {
  const shape = attentionShape;
  const count = shape.heads * shape.tokens * shape.channels;
  const inputs = { q: randomValues(count, 1), k: randomValues(count, 2), v: randomValues(count, 3) };
  const own = [];
  const extents = { queries: shape.tokens, headBlocks: Math.ceil(shape.channels / 4) };
  for (const variant of attentionCandidates(device.traits, extents)) {
    own.push(await openOwnAttention(device, { shape, inputs, variant }));
  }
  return await contest({
    own,
    operations: attentionOperations(shape),
    verify: (result) => void verifyAttention(result, shape, inputs),
    extra: [],
    open: (peer) => peer.attention(shape, inputs),
    ...options,
  });
}

interface Contest extends ContestOptions {
  own: Workload[];
  operations: number;
  verify: (result: Float32Array) => void;
  extra: Contestant[];
  open: (peer: Peer) => Promise<Workload[]>;
}

/** Every result is checked before it is timed; all are timed in turns. */
async function contest(options: Contest): Promise<ContestResult> {
  const { own, operations, verify, extra, peers, open, rounds } = options;
  for (const workload of own) verify(await workload.read());
  const { version } = manifest;
  const ours = own.map((workload) => ({ name: ownName, version, processor: false, workload, operations }));
  const { contestants, refused } = await enterPeers(peers, { open, operations, verify });
  const all = [...ours, ...extra, ...contestants];
  try {
    return { lines: await compare(all, { rounds }), refused };
  } finally {
    for (const { workload } of all) await workload.close();
  }
}
