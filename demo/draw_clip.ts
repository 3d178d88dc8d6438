/**
 * Draws the clip that `lapose demo` poses: two figures in a park, with the joints they were drawn from.
 *
 * Run from the project's root: `deno run -A demo/draw_clip.ts [FOLDER]`, then `deno fmt demo`. It writes `jumping_jack/*.jpg` and
 * `boxes.json` (PoseTrack 2018 form, with keypoints) into FOLDER, `demo` by default.
 */
import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import type { Box } from "../people/box.ts";
import { keypointSets } from "../people/keypoint_sets.ts";
import type { Pose } from "../people/pose.ts";
import { PosesFileWriter } from "../people/poses_file.ts";
import { drawFigure, type Joints, jointsOf, type Look, type Posture } from "./figure.ts";
import { drawPark, drawShadow } from "./scenery.ts";

const frameCount = 14;
const size = { width: 320, height: 240 };
const clip = "jumping_jack";
const keypointSet = keypointSets.posetrack15;

const woman: Look = {
  height: 148,
  skin: "#e8b48e",
  hair: "#5a3220",
  shirt: "#cf3a34",
  trousers: "#2d4f8f",
  shoes: "#f2f2ee",
  longHair: true,
};

const man: Look = {
  height: 132,
  skin: "#a9714b",
  hair: "#1d1714",
  shirt: "#2f9e7c",
  trousers: "#4a4a52",
  shoes: "#c9642b",
  longHair: false,
};

/** One jumping jack over the whole clip: arms up and legs apart in the middle. */
function jumpingJack(phase: number): Posture {
  const open = (1 - Math.cos(2 * Math.PI * phase)) / 2;
  const arms = 12 + 148 * open;
  const legs = 4 + 20 * open;
  return {
    ground: [118, 216],
    lift: 0.09 * Math.sin(Math.PI * Math.min(1, 2 * phase % 1)) ** 2,
    lean: 0,
    arms: [arms, arms],
    elbows: [14 - 8 * open, 14 - 8 * open],
    thighs: [legs, legs],
    knees: [3, 3],
  };
}

/** Waves twice with the right arm, the left hand on the hip. */
function wave(phase: number): Posture {
  return {
    ground: [238, 200],
    lift: 0,
    lean: 2 * Math.sin(2 * Math.PI * phase),
    arms: [46, 118],
    elbows: [-96, 48 + 26 * Math.sin(4 * Math.PI * phase)],
    thighs: [7, 6],
    knees: [4, 3],
  };
}

/** Random numbers from 0 to 1 that are the same in every run (Marsaglia's xorshift). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** To a hundredth of a pixel. */
function round(value: number): number {
  return Math.round(100 * value) / 100;
}

function poseOf(joints: Joints, look: Look, trackId: number): Pose {
  const keypoints = keypointSet.keypoints.map((name) => ({
    x: round(joints[name][0]),
    y: round(joints[name][1]),
    score: 1,
  }));
  const xs = keypoints.map(({ x }) => x);
  const ys = keypoints.map(({ y }) => y);
  const margin = 0.06 * look.height;
  const [left, top] = [Math.max(Math.min(...xs) - margin, 0), Math.max(Math.min(...ys) - margin / 2, 0)];
  const right = Math.min(Math.max(...xs) + margin, size.width);
  const bottom = Math.min(Math.max(...ys) + margin, size.height);
  const box: Box = [round(left), round(top), round(right - left), round(bottom - top)];
  return { keypoints, box, score: 1, trackId };
}

/**
 * Draws the clip.
 *
 * @param folder Where to write.
 */
export async function drawClip(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, clip), { recursive: true });
  await using file = await PosesFileWriter.create(join(folder, "boxes.json"), {
    keypointSet,
    clip,
    info: { description: "Boxes and joints from which the demo clip is drawn" },
  });
  for (let index = 0; index < frameCount; index++) {
    const canvas = createCanvas(size.width, size.height);
    const context = canvas.getContext("2d");
    drawPark(context, seeded(20260));
    const phase = index / frameCount;
    const people = [
      { look: man, posture: wave(phase) },
      { look: woman, posture: jumpingJack(phase) },
    ].map(({ look, posture }) => ({ look, posture, joints: jointsOf(look, posture) }));
    for (const { look, posture, joints } of people) {
      const spread = 0.12 * look.height + Math.abs(joints.left_ankle[0] - joints.right_ankle[0]) / 2;
      const strength = 0.55 - 3 * posture.lift;
      drawShadow(context, {
        x: posture.ground[0],
        y: posture.ground[1],
        radii: [spread, 0.05 * look.height],
        strength,
      });
      drawFigure(context, look, joints);
    }
    const name = `${String(index).padStart(6, "0")}.jpg`;
    await Deno.writeFile(join(folder, clip, name), await canvas.encode("jpeg", 90));
    await file.add({ index, name, ...size }, people.map(({ joints, look }, i) => poseOf(joints, look, i)));
  }
  await file.finish();
}

if (import.meta.main) await drawClip(Deno.args[0] ?? "demo");
