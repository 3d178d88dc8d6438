/**
 * AdamW on the GPU: gradients accumulate in one buffer, are clipped by their global norm and move all parameters in one
 * dispatch. State lives in four buffers of one arrangement: values, gradients, first and second moments.
 */
import type { Lowering } from "../../graph/operator.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import accumulateSource from "./accumulate.wgsl" with { type: "text" };
import moveRunningSource from "./move_running.wgsl" with { type: "text" };
import normSource from "./norm.wgsl" with { type: "text" };
import sumSquaresSource from "./sum_squares.wgsl" with { type: "text" };
import updateSource from "./update.wgsl" with { type: "text" };

/** Names of the four state buffers. */
export const stateNames = ["values", "gradients", "first", "second"] as const;

/** Parameters start at multiples of this many elements: 256 bytes, as bindings want it. */
export const stateAlignment = 64;

/** What one update reads. */
export interface AdamwSettings {
  /** Learning rate. */
  readonly rate: number;
  /** Decay β1 of the first moment. */
  readonly beta1: number;
  /** Decay β2 of the second moment. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Decoupled weight decay. */
  readonly decay: number;
  /** Updates so far, this one included. */
  readonly step: number;
  /** Batches whose gradients were added up. */
  readonly batches: number;
  /** Largest norm of all gradients together; 0 for no clipping. */
  readonly clip: number;
}

/** Elements of the settings tensor. */
export const settingsLength = 11;

/** The settings as the shaders read them. */
export function settingsOf(settings: AdamwSettings): Float32Array {
  const { rate, beta1, beta2, epsilon, decay, step, batches, clip } = settings;
  return Float32Array.of(
    rate,
    beta1,
    beta2,
    1 - beta1,
    1 - beta2,
    epsilon,
    decay,
    1 - beta1 ** step,
    1 - beta2 ** step,
    1 / batches,
    clip,
  );
}

/** Settings under which an update leaves values and moments as they are, bit for bit. */
export const settingsAtRest: Float32Array = Float32Array.of(0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0);

/** Emits `gradients[start…] += gradient`. */
export function lowerAccumulate(lowering: Lowering, gradient: Tensor, start: number): void {
  const count = elementCount(gradient.shape);
  const columns = Math.min(Math.ceil(count / 64), 1024);
  lowering.dispatch({
    shader: { name: "adamw/accumulate", source: accumulateSource },
    bindings: [
      lowering.buffer(gradient),
      lowering.state("gradients", { start, count }),
      lowering.uniform([count, columns * 64]),
    ],
    workgroups: [columns, Math.ceil(count / 64 / columns)],
  });
}

/** Emits `values[start…] = 0.9 · values + 0.1 · factor · batch`: a running statistic with PyTorch's momentum. */
export function lowerMoveRunning(
  lowering: Lowering,
  batch: Tensor,
  { start, factor }: { start: number; factor: number },
): void {
  const count = elementCount(batch.shape);
  lowering.dispatch({
    shader: { name: "adamw/move_running", source: moveRunningSource },
    bindings: [
      lowering.buffer(batch),
      lowering.state("values", { start, count }),
      lowering.uniform([count, { f32: 0.1 }, { f32: factor }]),
    ],
    workgroups: [Math.ceil(count / 64)],
  });
}

/** Emits norm and update. */
export function lowerAdamw(
  lowering: Lowering,
  { settings, norm, count, shares }: {
    /** Dense `[settingsLength]`. */
    settings: Tensor;
    /** Dense `[3]`, written: norm, factor, 1 where finite. */
    norm: Tensor;
    /** Elements of each state buffer. */
    count: number;
    /** Per 64 elements: share of the rate, share of the decay. */
    shares: Float32Array;
  },
): void {
  const vectors = count / 4;
  const slice = Math.max(1024, Math.ceil(vectors / 1024));
  const partial = lowering.scratch({ shape: [Math.ceil(vectors / slice)], layout: "dense" });
  const state = (name: string) => lowering.state(name, { start: 0, count });
  lowering.dispatch({
    shader: { name: "adamw/sum_squares", source: sumSquaresSource },
    bindings: [state("gradients"), lowering.buffer(partial), lowering.uniform([vectors, slice])],
    workgroups: [partial.shape[0]],
  });
  lowering.dispatch({
    shader: { name: "adamw/norm", source: normSource },
    bindings: [
      lowering.buffer(partial),
      lowering.buffer(settings),
      lowering.buffer(norm),
      lowering.uniform([partial.shape[0]]),
    ],
    workgroups: [1],
  });
  const columns = Math.min(Math.ceil(vectors / 64), 1024);
  lowering.dispatch({
    shader: { name: "adamw/update", source: updateSource },
    bindings: [
      lowering.parameter([], {
        name: "shares of rate and decay",
        pack: () => ({ kind: "buffer", data: shares.slice() }),
      }),
      lowering.buffer(settings),
      lowering.buffer(norm),
      ...stateNames.map(state),
      lowering.uniform([vectors, columns * 64]),
    ],
    workgroups: [columns, Math.ceil(vectors / 64 / columns)],
  });
}
