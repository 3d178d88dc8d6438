/**
 * Where each parameter stands in the state buffers, and how fast it learns.
 *
 * training/ holds what turns gradients into a trained weights file: data feed, optimiser, schedule, checkpoints. It
 * builds on model/ and knows nothing of the command line.
 */
import type { Tensor } from "../graph/tensor.ts";
import { elementCount } from "../graph/tensor.ts";
import { stateAlignment } from "../kernels/adamw/adamw.ts";
import type { LaposeConfig } from "../model/config.ts";

/** One parameter in the state buffers. */
export interface PlacedParameter {
  /** Canonical name. */
  readonly name: string;
  /** Extents. */
  readonly shape: readonly number[];
  /** First element. */
  readonly start: number;
  /** Elements. */
  readonly count: number;
  /** Share of the learning rate; 0 for statistics, which do not learn. */
  readonly rate: number;
  /** Share of the weight decay: 0 for norms, biases and position embeddings, 1 otherwise. */
  readonly decay: number;
}

/** All parameters in the state buffers. */
export interface ParameterLayout {
  /** By name. */
  readonly parameters: ReadonlyMap<string, PlacedParameter>;
  /** Elements of each state buffer. */
  readonly count: number;
  /** Per 64 elements: share of the rate, share of the decay. */
  readonly shares: Float32Array;
}

/** Options of {@linkcode layOutParameters}. */
export interface LayOutOptions {
  /** The model's configuration. */
  config: LaposeConfig;
  /** Whether the text encoder learns too. */
  trainText: boolean;
  /** What the rate of each ViT block is of the block above it; 1 for one rate everywhere, 0 for a frozen ViT. */
  layerDecay: number;
}

/**
 * Whether a weight is a statistic of batch normalisation, which moves without a gradient.
 *
 * @param name Canonical weight name.
 */
export function isStatistic(name: string): boolean {
  return /\.running_(mean|var)$/.test(name);
}

/**
 * Lays out what training changes; a frozen text encoder or ViT is left out, and has no gradients.
 *
 * @param parameters Parameters of the graph by name.
 * @param options What learns, and how fast.
 * @returns Places and shares.
 */
export function layOutParameters(
  parameters: ReadonlyMap<string, Tensor>,
  { config, trainText, layerDecay }: LayOutOptions,
): ParameterLayout {
  const placed = new Map<string, PlacedParameter>();
  let start = 0;
  for (const [name, { shape }] of parameters) {
    if (name.startsWith("text.") && !trainText) continue;
    const rate = isStatistic(name) ? 0 : layerDecay ** layersAbove(name, config.vision.layers);
    if (rate === 0 && !isStatistic(name)) continue;
    const count = elementCount(shape);
    const decay = shape.length === 1 || /position/.test(name) ? 0 : 1;
    placed.set(name, { name, shape, start, count, rate, decay });
    start += Math.ceil(count / stateAlignment) * stateAlignment;
  }
  const shares = new Float32Array(start / stateAlignment * 2);
  for (const { start, count, rate, decay } of placed.values()) {
    for (let i = start / stateAlignment; i < (start + count) / stateAlignment; i++) {
      shares.set([rate, decay], 2 * i);
    }
  }
  return { parameters: placed, count: start, shares };
}

/** ViT layers between a weight and what comes after the ViT: the embedding is below the first block. */
function layersAbove(name: string, layers: number): number {
  const block = /^vision\.blocks\.(\d+)\./.exec(name);
  if (block) return layers - Number(block[1]);
  return /^vision\.(patch_embedding|position_embedding)/.test(name) ? layers + 1 : 0;
}
