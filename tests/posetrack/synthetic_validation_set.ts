/**
 * A synthetic validation set in PoseTrack 2018 form, ground truth and predictions, for checks of time and memory.
 *
 * Run by itself it writes one: deno run -A tests/posetrack/synthetic_validation_set.ts FOLDER [sequences]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keypointSets } from "../../people/keypoint_sets.ts";

/** Size of a set. */
export interface SyntheticSetOptions {
  sequences: number;
  frames: number;
  people: number;
}

/** Writes FOLDER/gt and FOLDER/pred. */
export async function writeSyntheticSet(folder: string, options: SyntheticSetOptions): Promise<void> {
  const { sequences, frames, people } = options;
  const names = keypointSets.posetrack17.keypoints;
  const categories = [{ supercategory: "person", id: 1, name: "person", keypoints: names, skeleton: [] }];
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  await mkdir(join(folder, "gt"), { recursive: true });
  await mkdir(join(folder, "pred"), { recursive: true });
  for (let sequence = 1; sequence <= sequences; sequence++) {
    const name = `${String(sequence).padStart(6, "0")}_mpii_test`;
    const images = [];
    const truth = [];
    const found = [];
    for (let frame = 0; frame < frames; frame++) {
      const id = 10000000000 + sequence * 10000 + frame;
      images.push({
        file_name: `images/val/${name}/${String(frame).padStart(6, "0")}.jpg`,
        id,
        frame_id: id,
        is_labeled: true,
        ignore_regions_x: frame % 4 === 0 ? [[1800, 1900, 1900, 1800]] : [],
        ignore_regions_y: frame % 4 === 0 ? [[0, 0, 1000, 1000]] : [],
      });
      for (let track = 0; track < people; track++) {
        const left = 300 * track + 100 * random();
        const points: number[] = [];
        const guess: number[] = [];
        const scores: number[] = [];
        names.forEach((joint, slot) => {
          const ear = joint.endsWith("ear");
          const x = left + 80 * random();
          const y = 100 + 20 * slot + 30 * random();
          points.push(...(ear ? [0, 0, 0] : [x, y, 1]));
          guess.push(...(ear ? [0, 0, 0] : [x + 30 * (random() - 0.5), y + 30 * (random() - 0.5), 1]));
          scores.push(ear ? 0 : random());
        });
        const shared = { image_id: id, category_id: 1, track_id: track, id: id * 100 + track };
        truth.push({
          ...shared,
          keypoints: points,
          bbox_head: [left, 60, 40, 50],
          bbox: [left, 60, 120, 500],
        });
        found.push({ ...shared, keypoints: guess, scores, score: random(), bbox: [left, 60, 120, 500] });
      }
    }
    await writeFile(
      join(folder, "gt", `${name}.json`),
      JSON.stringify({ images, annotations: truth, categories }),
    );
    await writeFile(
      join(folder, "pred", `${name}.json`),
      JSON.stringify({ images, annotations: found, categories }),
    );
  }
}

if (import.meta.main) {
  const [folder, sequences = "170"] = Deno.args;
  await writeSyntheticSet(folder, { sequences: Number(sequences), frames: 100, people: 6 });
}
