/**
 * Draws the contact sheet of docs/synthetic.md.
 *
 * Run from the project's root: `deno run -A training/synthetic/draw_contact_sheet.ts [FILE]`.
 */
import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import { drawPoses } from "../../people/draw_pose.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { annotate } from "./annotate.ts";
import { type Clip, makeClip } from "./clip.ts";
import { Renderer } from "./render.ts";

const columns = 6;
const tile = { width: 232, height: 174 };
const settings = { seed: 7, degraded: 0, frames: 10, size: { width: 320, height: 240 } };

/** Clips of the first rows; of the row in time; of the rows with labels and with degradations. */
const shown = {
  variety: [0, 4, 6, 10, 12, 42, 20, 22, 26, 30, 36, 46],
  time: 16,
  damaged: [47, 41, 39, 19, 13, 23],
};

/**
 * Draws the sheet: two rows of different clips, one clip in time, six clips with their labels, and the same six made
 * hard to see.
 *
 * @returns The JPEG file.
 */
export function drawContactSheet(): Uint8Array<ArrayBuffer> {
  const rows = shown.variety.length / columns + 3;
  const canvas = createCanvas(columns * tile.width, rows * tile.height);
  const context = canvas.getContext("2d");
  let next = 0;
  const place = (clip: Clip, frame: number, options: { labels: boolean }): void => {
    const time = clip.times[frame];
    const picture = new Renderer(clip.scene).render(time);
    if (options.labels) drawLabels(picture.getContext("2d"), clip, time);
    const [column, row] = [next % columns, Math.floor(next / columns)];
    context.drawImage(picture, column * tile.width, row * tile.height, tile.width - 2, tile.height - 2);
    next++;
  };
  for (const index of shown.variety) place(makeClip(settings, index), 5, { labels: false });
  const clip = makeClip(settings, shown.time);
  for (let i = 0; i < columns; i++) place(clip, Math.round(i * 9 / (columns - 1)), { labels: false });
  for (const index of shown.damaged) place(makeClip(settings, index), 5, { labels: true });
  for (const index of shown.damaged) {
    place(makeClip({ ...settings, degraded: 0.7 }, index), 5, { labels: false });
  }
  return new Uint8Array(canvas.encodeSync("jpeg", 78));
}

function drawLabels(context: SKRSContext2D, { scene }: Clip, time: number): void {
  const poses = annotate(scene, time).map(({ joints, box, trackId }) => ({
    keypoints: joints.map(({ x, y }) => ({ x, y, score: x === 0 && y === 0 ? 0 : 1 })),
    box,
    score: 1,
    trackId,
  }));
  drawPoses(context, poses, { keypointSet: keypointSets.posetrack17, labels: false });
}

if (import.meta.main) {
  await Deno.writeFile(Deno.args[0] ?? "docs/synthetic_contact_sheet.jpg", drawContactSheet());
}
