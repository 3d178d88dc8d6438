/** Which people go in one batch. */
import type { Box } from "../people/box.ts";
import type { CropTransform } from "../people/crop_geometry.ts";
import type { Frame } from "../people/frame.ts";
import type { Engine } from "./engine.ts";

/** One person to pose. */
export interface CroppedPerson {
  /** Index of the window. */
  window: number;
  /** Index of the box in the window. */
  index: number;
  /** The box in pixels of the keyframe. */
  box: Box;
  /** The frames that the model sees, in order of time. */
  frames: readonly Frame[];
  /** The crop, the same in all of them. */
  transform: CropTransform;
  /** What the model reads about the person; absent: the visual-only path. */
  text?: string;
}

/** People that are posed together. */
export interface PackedBatch {
  /** Their frames without repetition. */
  frames: Frame[];
  /** The people: all of them with a text, or none. */
  members: CroppedPerson[];
}

/**
 * Fills batches: first people with a text, then those without. Among them the order is kept, and the people of one
 * keyframe go together as long as the engine can hold them; further keyframes join while the batch is not full and
 * their pixels fit.
 *
 * @param people People in the order of their windows.
 * @param limits What fits one batch.
 */
export function* packBatches(
  people: readonly CroppedPerson[],
  limits: Engine["limits"],
): Generator<PackedBatch> {
  yield* fillBatches(people.filter(({ text }) => text !== undefined), limits);
  yield* fillBatches(people.filter(({ text }) => text === undefined), limits);
}

function* fillBatches(people: readonly CroppedPerson[], limits: Engine["limits"]): Generator<PackedBatch> {
  let batch: PackedBatch = { frames: [], members: [] };
  let pixels = 0;
  for (const person of people) {
    const unseen = [...new Set(person.frames)].filter((frame) => !batch.frames.includes(frame));
    const added = unseen.reduce((sum, { width, height }) => sum + width * height, 0);
    const count = batch.members.length;
    const most = batch.members.at(-1)?.window === person.window ? limits.mostPeople : limits.people;
    if (count > 0 && (count >= most || pixels + added > limits.pixels)) {
      yield batch;
      batch = { frames: [...new Set(person.frames)], members: [person] };
      pixels = batch.frames.reduce((sum, { width, height }) => sum + width * height, 0);
      continue;
    }
    batch.frames.push(...unseen);
    batch.members.push(person);
    pixels += added;
  }
  if (batch.members.length > 0) yield batch;
}
