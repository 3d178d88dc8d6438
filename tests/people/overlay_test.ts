import assert from "node:assert/strict";
import { type DrawOptions, sideColors } from "../../people/draw_pose.ts";
import type { Frame } from "../../people/frame.ts";
import { imageKind } from "../../people/image_container.ts";
import { ImageDecoder } from "../../people/image_decoder.ts";
import { keypointSets } from "../../people/keypoint_sets.ts";
import { encodeImage, type ImageFormat, OverlayPainter } from "../../people/overlay.ts";
import type { Pose } from "../../people/pose.ts";
import { measureDigits } from "../../people/stroke_digits.ts";

const keypointSet = keypointSets.posetrack15;
const grey = [90, 90, 90];

function greyFrame(): Frame {
  const data = new Uint8ClampedArray(4 * 200 * 240).fill(90);
  return { width: 200, height: 240, data: data.map((byte, i) => i % 4 === 3 ? 255 : byte) };
}

/** Where the joints of a person facing us stand, relative to the box; the left side is on the right. */
const places: Readonly<Record<string, readonly [number, number]>> = {
  nose: [0.5, 0.12],
  head_bottom: [0.5, 0.2],
  head_top: [0.5, 0.04],
  shoulder: [0.2, 0.24],
  elbow: [0.35, 0.4],
  wrist: [0.35, 0.58],
  hip: [0.12, 0.55],
  knee: [0.14, 0.75],
  ankle: [0.14, 0.95],
};

function person(box: readonly [number, number, number, number], more: Partial<Pose> = {}): Pose {
  const keypoints = keypointSet.keypoints.map((name) => {
    const [x, y] = places[name.replace(/^(left|right)_/, "")];
    const across = name.startsWith("left_") ? 0.5 + x : name.startsWith("right_") ? 0.5 - x : x;
    return { x: box[0] + across * box[2], y: box[1] + y * box[3], score: 0.9 };
  });
  return { keypoints, box, score: 0.87, ...more };
}

const joint = (pose: Pose, name: string) => pose.keypoints[keypointSet.keypoints.indexOf(name)];

async function paint(
  poses: Pose[],
  options: Partial<DrawOptions> = {},
): Promise<(x: number, y: number) => number[]> {
  const bytes = await new OverlayPainter({ keypointSet, ...options }).paint(greyFrame(), poses);
  const { width, data } = await new ImageDecoder().decode(bytes, "overlay");
  return (x, y) => {
    const at = 4 * (Math.floor(y) * width + Math.floor(x));
    return [...data.subarray(at, at + 3)];
  };
}

function rgb(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

Deno.test("OverlayPainter.paint() colours limbs by the body's side", async () => {
  const pose = person([20, 20, 160, 200]);
  const pixel = await paint([pose]);
  const middle = (a: string, b: string) => {
    const [p, q] = [joint(pose, a), joint(pose, b)];
    return pixel((p.x + q.x) / 2 + 0.5, (p.y + q.y) / 2 + 0.5);
  };
  assert.deepEqual(middle("left_elbow", "left_wrist"), rgb(sideColors.left));
  assert.deepEqual(middle("left_hip", "left_knee"), rgb(sideColors.left));
  assert.deepEqual(middle("right_knee", "right_ankle"), rgb(sideColors.right));
  assert.deepEqual(middle("head_bottom", "right_shoulder"), rgb(sideColors.right));
  assert.deepEqual(middle("left_hip", "right_hip"), rgb(sideColors.center));
  assert.deepEqual(middle("nose", "head_top"), rgb(sideColors.center));
  assert.deepEqual(pixel(5, 5), grey);
});

Deno.test("OverlayPainter.paint() leaves joints below the threshold out, and their limbs", async () => {
  const pose = person([20, 20, 160, 200]);
  joint(pose, "left_elbow").score = 0.15;
  const [elbow, wrist] = [joint(pose, "left_elbow"), joint(pose, "left_wrist")];
  const shown = await paint([pose], { threshold: 0.1 });
  assert.notDeepEqual(shown(elbow.x, elbow.y), grey);
  const hidden = await paint([pose]);
  assert.deepEqual(hidden(elbow.x, elbow.y), grey);
  assert.deepEqual(hidden((elbow.x + wrist.x) / 2, (elbow.y + wrist.y) / 2), grey);
  assert.notDeepEqual(hidden(wrist.x, wrist.y), grey);
});

Deno.test("OverlayPainter.paint() draws joints at NaN nowhere", async () => {
  const pose = person([20, 20, 160, 200]);
  joint(pose, "left_wrist").x = NaN;
  const pixel = await paint([pose]);
  assert.notDeepEqual(pixel(joint(pose, "right_wrist").x, joint(pose, "right_wrist").y), grey);
});

Deno.test("OverlayPainter.paint() draws a larger person with wider limbs", async () => {
  const widthOf = async (pose: Pose) => {
    const pixel = await paint([pose], { boxes: false, labels: false });
    const y = (joint(pose, "left_elbow").y + joint(pose, "left_wrist").y) / 2;
    const isPainted = (x: number) => pixel(x, y).join() !== grey.join();
    let [from, to] = [joint(pose, "left_elbow").x, joint(pose, "left_elbow").x];
    while (isPainted(from)) from--;
    while (isPainted(to)) to++;
    return to - from - 1;
  };
  const [small, large] = [await widthOf(person([10, 20, 40, 50])), await widthOf(person([10, 20, 180, 210]))];
  assert.ok(small >= 2 && large >= small + 2, `${small} and ${large} px`);
});

Deno.test("OverlayPainter.paint() draws box and label, or leaves them out", async () => {
  const pose = person([30, 60, 140, 170], { trackId: 12 });
  const count = async (options: Partial<DrawOptions>, [x0, y0, x1, y1]: number[]) => {
    const pixel = await paint([pose], options);
    let changed = 0;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) if (pixel(x, y).join() !== grey.join()) changed++;
    }
    return changed;
  };
  const corner = [26, 56, 36, 66];
  const above = [30, 38, 90, 56];
  assert.equal(await count({ boxes: false, labels: false }, corner), 0);
  assert.equal(await count({ boxes: false, labels: false }, above), 0);
  assert.ok(await count({ labels: false }, corner) > 10);
  assert.equal(await count({ labels: false }, above), 0);
  assert.ok(await count({ boxes: false }, above) > 200);
});

Deno.test("OverlayPainter.paint() keeps labels within the picture", async () => {
  for (const box of [[150, 0, 60, 70], [-30, -20, 100, 100], [0, 0, 200, 240]] as const) {
    const pixel = await paint([{
      ...person(box),
      keypoints: person(box).keypoints.map((k) => ({ ...k, score: 0 })),
    }], {
      boxes: false,
    });
    let changed = 0;
    for (let y = 0; y < 240; y++) {
      for (let x = 0; x < 200; x++) if (pixel(x, y).join() !== grey.join()) changed++;
    }
    assert.ok(changed > 300, `box ${box}: ${changed} pixels of label`);
  }
});

Deno.test("OverlayPainter.paint() leaves the frame as it is and follows a new size", async () => {
  const painter = new OverlayPainter({ keypointSet });
  const frame = greyFrame();
  await painter.paint(frame, [person([20, 20, 160, 200])]);
  assert.deepEqual(frame, greyFrame());
  const small = {
    width: 3,
    height: 2,
    data: Uint8ClampedArray.from({ length: 24 }, (_, i) => i % 4 === 3 ? 255 : 7 * i),
  };
  const { width, height, data } = await new ImageDecoder().decode(await painter.paint(small, []), "x");
  assert.deepEqual([width, height, data], [3, 2, small.data]);
});

Deno.test("OverlayPainter.paint() refuses poses of another keypoint set", async () => {
  const pose = { ...person([1, 2, 30, 40]), keypoints: [] };
  await assert.rejects(new OverlayPainter({ keypointSet }).paint(greyFrame(), [pose]), {
    name: "TypeError",
    message: /pose of 0 joints, expected the 15 of posetrack15/,
  });
});

Deno.test("encodeImage() writes PNG exactly, and JPEG and WebP", async () => {
  const frame = greyFrame();
  frame.data.set([1, 2, 3, 255, 250, 128, 0, 255]);
  const { data } = await new ImageDecoder().decode(await encodeImage(frame), "x");
  assert.deepEqual(data, frame.data);
  assert.equal(imageKind(await encodeImage(frame, { format: "jpeg", quality: 80 })), "JPEG");
  assert.equal(imageKind(await encodeImage(frame, { format: "webp" })), "WebP");
  await assert.rejects(encodeImage(frame, { format: "gif" as ImageFormat }), {
    name: "RangeError",
    message: /"gif"/,
  });
  await assert.rejects(encodeImage(frame, { quality: 0 }), { name: "RangeError", message: /quality 0/ });
});

Deno.test("measureDigits() grows with the text and ignores what it cannot draw", () => {
  assert.equal(measureDigits("", 10), 0);
  assert.equal(measureDigits("0", 10).toFixed(9), "6.000000000");
  assert.equal(measureDigits("00", 20).toFixed(9), (2 * (6 + 2.2 + 6)).toFixed(9));
  assert.equal(measureDigits("0x0", 10), measureDigits("00", 10));
});
