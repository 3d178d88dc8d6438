/** What one pass costs as it poses more people: time for each of them, and memory. */
import { activationBytes } from "../gpu/schedule.ts";
import { type ForwardContext, type ForwardPlan, openForwardPlan } from "./forward_plan.ts";
import { medianOf } from "./statistics.ts";

/** Cost of one number of people. */
export interface PeopleFigures {
  /** People in one pass. */
  people: number;
  /** Median wall time of a pass. */
  wallMilliseconds: number;
  /** The same for each of the people. */
  millisecondsPerPerson: number;
  /** Bytes of the arena and of the textures beside it; weights are shared by all passes. */
  activationBytes: number;
}

/** Figures by number of people, and the numbers that the device refused. */
export interface PeopleSweep {
  /** One entry per number of people. */
  figures: PeopleFigures[];
  /** Numbers of people that do not fit, with the reason. */
  refused: {
    /** People in one pass. */
    people: number;
    /** Why not. */
    reason: string;
  }[];
}

/** Options of {@linkcode measurePeople}. */
export interface MeasurePeopleOptions {
  /**
   * Numbers of people, at least one each.
   *
   * @default {[1, 2, 4, 8, 16]}
   */
  counts?: readonly number[];
  /** Text tokens. */
  tokens: number;
  /** Measured rounds; each runs every number of people once. */
  rounds: number;
}

/**
 * Measures passes of different numbers of people, in turns.
 *
 * @param context What the plans of the model share.
 * @param options Numbers of people, tokens and rounds.
 * @returns Figures, and what the device refused.
 */
export async function measurePeople(
  context: ForwardContext,
  { counts = [1, 2, 4, 8, 16], tokens, rounds }: MeasurePeopleOptions,
): Promise<PeopleSweep> {
  const plans = new Map<number, ForwardPlan>();
  const refused: PeopleSweep["refused"] = [];
  try {
    for (const people of counts) {
      try {
        plans.set(people, await openForwardPlan(context, { people, tokens }));
      } catch (error) {
        refused.push({ people, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    const walls = await medianOf(
      Object.fromEntries([...plans].map(([people, { executor, inputs }]) => [people, async () => {
        const start = performance.now();
        await executor.run(inputs);
        return performance.now() - start;
      }])),
      { rounds },
    );
    const figures = [...plans].map(([people, { executor }]) => ({
      people,
      wallMilliseconds: walls[people],
      millisecondsPerPerson: walls[people] / people,
      activationBytes: activationBytes(executor.schedule),
    }));
    return { figures, refused };
  } finally {
    for (const { executor } of plans.values()) executor.close();
  }
}
