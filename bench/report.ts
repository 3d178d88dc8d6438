/** All figures of a run as plain data, which `--json` prints. */
import type { Ceiling } from "./ceiling.ts";
import type { ColdStartFigures } from "./cold_start.ts";
import type { BenchEnvironment } from "./environment.ts";
import type { ForwardFigures } from "./forward_pass.ts";
import type { PeopleSweep } from "./people.ts";
import type { Ratios } from "./ratios.ts";
import type { TrainingFigures } from "./training_step.ts";

/** One measured time. */
export interface BenchResult {
  /** What was computed, and by which library, for example `"matmul lapose"`. */
  name: string;
  /** Way of computing. */
  variant: string;
  /** Median time of one repetition. */
  milliseconds: number;
  /** Floating point operations per nanosecond; null for a whole model, whose operations are not counted. */
  gflops: number | null;
}

/** Everything that a run measured. */
export interface BenchReport {
  /** Description of the adapter. */
  adapter: string;
  /** Adapter, runtime and system. */
  environment: BenchEnvironment;
  /** When it was measured, in ISO 8601. */
  date: string;
  /** Measured rounds; figures are medians. */
  rounds: number;
  /** Configuration of the whole model. */
  config: string;
  /** One entry per library and way of computing. */
  results: BenchResult[];
  /** What to look at first. */
  ratios: Ratios;
  /** The whole forward pass. */
  forward: ForwardFigures;
  /** From nothing to the first result. */
  coldStart: ColdStartFigures;
  /** The same pass for more people; null when it was not asked for. */
  people: PeopleSweep | null;
  /** A training step; null when it was not asked for. */
  training: TrainingFigures | null;
  /** What the adapter can do at best. */
  ceiling: Ceiling;
  /** Libraries that were asked for and do not count. */
  refused: {
    /** Library, with the variant where only that one fails. */
    name: string;
    /** Why it does not count. */
    reason: string;
  }[];
}
