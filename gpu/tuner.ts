/**
 * The tuner: where several kernels compute the same, it times them on the device at hand and remembers the fastest.
 *
 * Knows schedules and clocks; which kernels there are and what they compute is the caller's business.
 */
import type { GpuDevice } from "./device.ts";
import { Executor } from "./executor.ts";
import { ParameterStore } from "./parameters.ts";
import type { PipelineCache } from "./pipelines.ts";
import type { Schedule } from "./schedule.ts";
import type { TuningFile } from "./tuning_file.ts";

/** Work that several kernels can do. */
export interface Contest {
  /** Says what is computed, with its extents: equal keys are equal work. */
  readonly key: string;
  /** Names of the kernels, the one that is expected to be the fastest first. */
  readonly candidates: readonly string[];
  /** The work alone, done by one of them. */
  readonly schedule: (candidate: string) => Schedule;
}

/** Options of {@linkcode Tuner}. */
export interface TunerOptions {
  /** The device. */
  device: GpuDevice;
  /** Its compiled shaders: what is compiled here need not be compiled for the plan. */
  pipelines: PipelineCache;
  /** Where choices are kept; absent: for this process only. */
  file?: TuningFile | undefined;
  /**
   * Milliseconds after which one {@linkcode Tuner.tune} begins no further contest; those that are left keep the expected
   * fastest kernel and have their turn another time.
   *
   * @default {1500}
   */
  budget?: number;
}

/** Repetitions of a kernel in one submission; the first warms up and does not count. */
const repetitions = 3;
/** A kernel this many times slower than the fastest is not tried on other extents. */
const hopeless = 8;
/** The expected fastest is only left for one that takes less than this share of its time: measurements vary. */
const clearlyFaster = 0.95;

/** Times kernels and keeps the choices. */
export class Tuner {
  readonly #device: GpuDevice;
  readonly #pipelines: PipelineCache;
  readonly #file: TuningFile | undefined;
  readonly #budget: number;
  readonly #choices: Map<string, string>;
  /** Candidates that lost by far, with the field they lost in. */
  readonly #dropped = new Set<string>();

  /** A tuner for `options.device` that knows what its file holds. */
  constructor({ device, pipelines, file, budget = 1500 }: TunerOptions) {
    this.#device = device;
    this.#pipelines = pipelines;
    this.#file = file;
    this.#budget = budget;
    this.#choices = new Map(file?.choices);
  }

  /**
   * What measurements chose.
   *
   * @param key The contest.
   * @returns The kernel; undefined when it was not measured.
   */
  choice(key: string): string | undefined {
    return this.#choices.get(key);
  }

  /**
   * Times the kernels of all contests that are not decided yet, the smallest first, and writes the file.
   *
   * @param contests What to decide.
   * @returns How many were decided by this call.
   */
  async tune(contests: readonly Contest[]): Promise<number> {
    const open = contests.filter(({ key, candidates }) => candidates.length > 1 && !this.#choices.has(key))
      .map((contest) => ({ ...contest, bytes: contest.schedule(contest.candidates[0]).arenaBytes }))
      .sort((a, b) => a.bytes - b.bytes);
    const start = performance.now();
    let decided = 0;
    for (const contest of open) {
      const field = contest.candidates.toSorted().join();
      const rivals = contest.candidates.slice(1).filter((name) => !this.#dropped.has(`${name} of ${field}`));
      if (rivals.length > 0 && performance.now() - start >= this.#budget) continue;
      this.#choices.set(contest.key, await this.#hold(contest, { field, rivals }));
      decided++;
    }
    if (decided > 0) await this.#file?.save(this.#choices);
    return decided;
  }

  /** Times the expected fastest and its rivals; resolves to the winner. */
  async #hold(
    { candidates: [expected], schedule }: Contest,
    { field, rivals }: { field: string; rivals: readonly string[] },
  ): Promise<string> {
    if (rivals.length === 0) return expected;
    const parameters = new ParameterStore(this.#device);
    try {
      let best = { name: expected, time: await this.#time(schedule(expected), parameters) };
      best.time *= clearlyFaster;
      for (const name of rivals) {
        const time = await this.#time(schedule(name), parameters);
        if (time > hopeless * best.time) this.#dropped.add(`${name} of ${field}`);
        if (time < best.time) best = { name, time };
      }
      return best.name;
    } finally {
      parameters.close();
    }
  }

  /** Milliseconds of one repetition of `schedule`, the copies between its dispatches included. */
  async #time(schedule: Schedule, parameters: ParameterStore): Promise<number> {
    const steps = Array.from({ length: repetitions }, () => schedule.steps).flat();
    const executor = await Executor.prepare({ ...schedule, steps }, {
      device: this.#device,
      pipelines: this.#pipelines,
      parameters,
    });
    try {
      const profile = await executor.profile({});
      if (!profile) {
        await executor.repeat(1);
        const start = performance.now();
        await executor.repeat(2);
        return (performance.now() - start) / 2 / repetitions;
      }
      const count = profile.steps.length / repetitions;
      const ends = Array.from(
        { length: repetitions },
        (_, i) => profile.steps[(i + 1) * count - 1].endMilliseconds,
      );
      return Math.min(...ends.slice(1).map((end, i) => end - ends[i]));
    } finally {
      executor.close();
    }
  }
}
