/**
 * Times several ways of computing the same thing in one process and in turns: the table behind every ratio.
 *
 * Knows workloads and peers by their interfaces; which they are is the caller's choice.
 */

import type { Peer } from "./peers/peer.ts";
import { median, rate } from "./statistics.ts";
import { timeWorkload, type Workload, type WorkloadTime } from "./workload.ts";

/** Repetitions per wait where only wall time is to be had: they share one wait of about 11 ms. */
const FEWEST_PER_WAIT = 8;

/** Repetitions are added until a measurement takes about this long, in milliseconds. */
const LONG_ENOUGH = 100;

/** Most repetitions of one measurement. */
const MOST_PER_WAIT = 64;

/** A workload with the name under which its figures stand. */
export interface Contestant {
  /** Library or package. */
  name: string;
  /** Its version. */
  version: string;
  /** True for an engine on the processor, which is shown but is no opponent. */
  processor: boolean;
  /** What is timed. */
  workload: Workload;
  /** Floating point operations of one repetition. */
  operations: number;
}

/** One line of the table. */
export interface Comparison {
  /** Library or package. */
  name: string;
  /** Its version. */
  version: string;
  /** Way of computing. */
  variant: string;
  /** True for an engine on the processor. */
  processor: boolean;
  /** Median time of one repetition, in milliseconds. */
  milliseconds: number;
  /** Clock of `milliseconds`: timestamps around the compute passes, or wall time of many repetitions with one wait. */
  clock: "timestamp" | "wall";
  /** Median wall time of one repetition, in milliseconds. */
  wallMilliseconds: number;
  /** Operations of one repetition per nanosecond of `milliseconds`. */
  gigaflops: number;
}

/** Options of `compare`. */
export interface CompareOptions {
  /**
   * Measured rounds; each runs every contestant once.
   *
   * @default {5}
   */
  rounds?: number;
}

/**
 * Times contestants in turns, so that a slow second of the machine hits all of them.
 *
 * @param contestants What to time.
 * @param options Number of rounds.
 * @returns One line per contestant, in the same order.
 * @throws {RangeError} If `rounds` is not a positive integer.
 */
export async function compare(
  contestants: readonly Contestant[],
  options: CompareOptions = {},
): Promise<Comparison[]> {
  const { rounds = 5 } = options;
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot compare: ${rounds} rounds, expected a positive integer`);
  }
  const entries = [];
  for (const { workload, operations, ...contestant } of contestants) {
    // The first run compiles, the second says how long one repetition takes.
    await workload.run(1);
    const first = await timeWorkload(workload, 1);
    const wanted = Math.ceil(LONG_ENOUGH / milliseconds(first));
    const fewest = first.kernelMilliseconds === null ? FEWEST_PER_WAIT : 1;
    const repetitions = Math.max(fewest, Math.min(MOST_PER_WAIT, wanted));
    entries.push({ contestant, workload, operations, repetitions, times: [] as WorkloadTime[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { workload, repetitions, times } of entries) {
      times.push(await timeWorkload(workload, repetitions));
    }
  }
  return entries.map(({ contestant, workload, operations, times }) => {
    const time = median(times.map(milliseconds));
    return {
      ...contestant,
      variant: workload.variant,
      milliseconds: time,
      clock: times.every((one) => one.kernelMilliseconds !== null) ? "timestamp" : "wall",
      wallMilliseconds: median(times.map((one) => one.wallMilliseconds)),
      gigaflops: rate(operations, time),
    };
  });
}

/**
 * Picks the fastest of the lines that count as opponents.
 *
 * @param comparisons Lines of `compare`.
 * @param own Name under which our own lines stand; they and engines on the processor do not count.
 * @returns The fastest peer's line, or null if no peer was measured.
 */
export function fastestPeer(comparisons: readonly Comparison[], own: string): Comparison | null {
  const peers = comparisons.filter(({ name, processor }) => name !== own && !processor);
  if (peers.length === 0) return null;
  return peers.reduce((best, line) => line.milliseconds < best.milliseconds ? line : best);
}

/** Peers that are ready to be timed, and those that are not. */
export interface PeerField {
  /** Workloads whose results are right. */
  contestants: Contestant[];
  /** Peers and variants that do not count. */
  refused: {
    /** Library, with the variant where only that one fails. */
    name: string;
    /** Why it does not count. */
    reason: string;
  }[];
}

/** How `enterPeers` opens and checks a peer. */
export interface EnterOptions {
  /** Opens the computation on a peer. */
  open: (peer: Peer) => Promise<Workload[]>;
  /** Floating point operations of one repetition. */
  operations: number;
  /** Throws if a result is wrong. */
  verify: (result: Float32Array) => void;
}

/**
 * Starts peers, opens the computation on each, and keeps the workloads whose results are right. A peer that fails is refused with its
 * reason; it does not stop the others.
 *
 * @param peers Libraries to enter.
 * @param options How to open the computation, its operations, and how to check its result.
 * @returns The contestants and the refused; the caller closes the contestants' workloads.
 */
export async function enterPeers(peers: readonly Peer[], options: EnterOptions): Promise<PeerField> {
  const field: PeerField = { contestants: [], refused: [] };
  for (const peer of peers) {
    const available = await peer.available();
    if (available !== true) {
      field.refused.push({ name: peer.name, reason: available });
      continue;
    }
    try {
      for (const workload of await options.open(peer)) await enter(field, { peer, workload, ...options });
    } catch (error) {
      field.refused.push({ name: peer.name, reason: message(error) });
    }
  }
  return field;
}

async function enter(
  field: PeerField,
  { peer, workload, operations, verify }: EnterOptions & { peer: Peer; workload: Workload },
): Promise<void> {
  const { name, version, processor } = peer;
  try {
    verify(await workload.read());
    field.contestants.push({ name, version, processor, workload, operations });
  } catch (error) {
    field.refused.push({ name: `${name} ${workload.variant}`, reason: message(error) });
    await workload.close();
  }
}

function milliseconds(time: WorkloadTime): number {
  return time.kernelMilliseconds ?? time.wallMilliseconds;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
